import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Button, LinkButton } from "@/components";
import type { Project } from "@/lib/api";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./QueueEmpty.module.css";

/** Nothing waits: what this person did, and where to go from here. */
export function QueueEmpty({ session, project }: { session: ReviewSession; project: Project }) {
  const { t } = useTranslation("review");
  const { done, doneByMe } = useStore(session.view);
  const items = doneByMe?.items ?? done;
  const median = doneByMe?.median_ms;
  return (
    <section className={styles.empty} data-testid="queue-empty">
      <h2 className={styles.title}>{t("empty.title")}</h2>
      <p className={styles.text}>{t("empty.text")}</p>
      <dl className={styles.numbers}>
        <div>
          <dt>{t("empty.items")}</dt>
          <dd>{items}</dd>
        </div>
        {median == null ? null : (
          <div>
            <dt>{t("empty.median")}</dt>
            <dd>{t("empty.seconds", { value: (median / 1000).toFixed(1) })}</dd>
          </div>
        )}
      </dl>
      <div className={styles.actions}>
        <Button variant="primary" onClick={() => void session.next()}>
          {t("empty.again")}
        </Button>
        <LinkButton to={`/projects/${project.id}`}>{t("empty.project")}</LinkButton>
        <LinkButton to="/projects">{t("empty.other")}</LinkButton>
      </div>
    </section>
  );
}
