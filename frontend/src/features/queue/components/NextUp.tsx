import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card } from "@/components";
import type { Project } from "@/lib/api";
import { useWhy } from "@/lib/useWhy";
import type { QueueTold } from "../api";
import styles from "./Queue.module.css";

/** What comes first, and why: so that the order is no secret. */
export function NextUp({ project, next }: { project: Project; next: QueueTold["next"] }) {
  const { t } = useTranslation("queue");
  const say = useWhy(project.classes);
  if (next.length === 0) return null;
  return (
    <Card title={t("next.title")} about={t("next.about")}>
      <ol className={styles.next}>
        {next.map((one) => (
          <li key={one.id}>
            <img src={one.thumbnail_url} alt="" loading="lazy" />
            <Link className="truncate" title={one.name} to={`/projects/${project.id}/items?item=${one.id}`}>
              {one.name}
            </Link>
            <span>{say(one.why) ?? t(`reason.${one.reason}.title`)}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
