import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Dashboard } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import styles from "./Projects.module.css";

/** Each kind with the explorer's filter that shows it. */
const KINDS = [
  ["returned", "reason=returned"],
  ["postponed", "postponed=1"],
  ["problem", "state=problem"],
  ["skipped", "state=skipped"],
] as const;

/** What does not come to an end by itself. */
export function Stuck({ projectId, stuck }: { projectId: number; stuck: Dashboard["stuck"] }) {
  const { t } = useTranslation("projects");
  if (KINDS.every(([kind]) => stuck[kind] === 0)) return <p className="muted">{t("stuck.none")}</p>;
  return (
    <ul className={styles.stuck}>
      {KINDS.map(([kind, query]) => (
        <li key={kind}>
          <Link to={`/projects/${projectId}/items?${query}`}>{t(`stuck.${kind}`)}</Link>
          <span className="num">{formatNumber(stuck[kind])}</span>
        </li>
      ))}
    </ul>
  );
}
