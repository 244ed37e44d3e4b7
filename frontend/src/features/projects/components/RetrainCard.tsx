import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Badge, Card, Loaded } from "@/components";
import type { Project } from "@/lib/api";
import { formatAgo, formatNumber, formatTime } from "@/lib/format";
import { type TriggerRow, type Triggers, useTriggers } from "../triggers";
import styles from "./Retrain.module.css";
import { useTriggerWords } from "./useTriggerWords";

/** Each reason to train again: how far it is, what it does when it is due, and what came of it last. */
export function RetrainCard({ project }: { project: Project }) {
  const { t } = useTranslation("triggers");
  const triggers = useTriggers(project.id);
  return (
    <Card
      title={t("card.title")}
      about={triggers.data ? <Summary project={project} triggers={triggers.data} /> : null}
      actions={<Link to={`/projects/${project.id}/settings?tab=retrain`}>{t("card.change")}</Link>}
    >
      <Loaded query={triggers}>
        {(data) => (
          <ul className={styles.triggers}>
            {data.triggers.map((row) => (
              <Trigger key={row.slug} project={project} row={row} />
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

function Summary({ project, triggers }: { project: Project; triggers: Triggers }) {
  const { t } = useTranslation("triggers");
  const { reviewed, needed, under_way } = triggers;
  if (under_way !== null)
    return (
      <Link to={`/projects/${project.id}/runs/${under_way}`}>{t("card.underWay", { run: under_way })}</Link>
    );
  return t("card.reviewed", { reviewed: formatNumber(reviewed), needed: formatNumber(needed) });
}

function Trigger({ project, row }: { project: Project; row: TriggerRow }) {
  const { t } = useTranslation("triggers");
  const { now, outcome } = useTriggerWords(project.classes);
  const { main, note } = now(row);
  const runId = row.outcome?.run_id ?? row.outcome?.other_run_id;
  const off = row.mode === "off";
  return (
    <li className={styles.trigger}>
      <div className={styles.name}>
        <strong>{t(`name.${row.slug}`)}</strong>
        <Badge tone={row.standing_since ? "warn" : undefined}>
          {t(row.standing_since ? "card.due" : `mode.${row.mode}`)}
        </Badge>
      </div>
      <div className={off ? "muted" : undefined}>
        <p className={styles.main}>{off && row.slug === "schedule" ? t("card.noDates") : main}</p>
        {note ? <p className={styles.note}>{note}</p> : null}
      </div>
      <p className={styles.note}>
        {row.fired_at && row.outcome ? (
          <>
            <time dateTime={row.fired_at} title={formatTime(row.fired_at)}>
              {formatAgo(row.fired_at)}
            </time>
            {": "}
            {runId ? (
              <Link to={`/projects/${project.id}/runs/${runId}`}>{outcome(row.outcome)}</Link>
            ) : (
              outcome(row.outcome)
            )}
          </>
        ) : (
          t("card.never")
        )}
      </p>
    </li>
  );
}
