import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useKeyLabels } from "@/commands/keyStore";
import { Badge, HeaderSlot, HelpButton, LinkButton } from "@/components";
import type { Project } from "@/lib/api";
import { useWhy } from "@/lib/useWhy";
import type { ReviewSession } from "../session/reviewSession";
import { SavePill } from "./SavePill";
import styles from "./TopBar.module.css";

export function TopBar({ session, project }: { session: ReviewSession; project: Project }) {
  const { t } = useTranslation("review");
  const work = useStore(session.view, (view) => view.work);
  const position = useStore(session.view, (view) => view.position);
  const total = useStore(session.view, (view) => view.total);
  const key = useKeyLabels()("showShortcuts");
  const say = useWhy(project.classes);
  return (
    <HeaderSlot>
      <div className={styles.bar}>
        <h1 className="visually-hidden">
          {t("page.title")}: {project.name}
        </h1>
        <span className={styles.name} data-testid="item-name" data-item={work?.item.id}>
          {work?.item.name ?? ""}
        </span>
        {work?.queue.reason ? (
          <Badge>{say(work.queue.why) ?? t(`page.reason.${work.queue.reason}`)}</Badge>
        ) : null}
        {work?.item.split === "test" ? <Badge tone="warn">{t("page.split.test")}</Badge> : null}
        <span className={styles.position}>
          {work === null ? "" : t("page.position", { n: position, m: total })}
        </span>
        {project.task_type === "image_classification" ? (
          <LinkButton size="s" to={`/projects/${project.id}/grid`}>
            {t("grid:mode.grid")}
          </LinkButton>
        ) : null}
        <SavePill session={session} />
        <HelpButton
          label={t("command.showShortcuts")}
          shortcut={key}
          onClick={() => session.openDialog("shortcuts")}
        />
      </div>
    </HeaderSlot>
  );
}
