import { useTranslation } from "react-i18next";
import { useStageName } from "@/components";
import type { Run, RunEvent } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import styles from "./Runs.module.css";

/** So many lines before the end tell what went on. */
const LAST_LINES = 20;

/** Why a run ended: what was said, at which stage, the likely cause, and what it logged last. */
export function Failure({ run, events }: { run: Run; events: RunEvent[] }) {
  const { t, i18n } = useTranslation("runs");
  const stageName = useStageName();
  if (!run.error) return null;
  const key = `cause.${run.error.code}`;
  const lines = events.filter(({ kind, message }) => kind === "log" && message).slice(-LAST_LINES);
  return (
    <div className={styles.failure} role="alert">
      <strong>{errorText(run.error)}</strong>
      <p className="muted">
        {t("failedAt", { stage: run.stage ? stageName(run.stage) : "–" })} · <code>{run.error.code}</code>
      </p>
      {i18n.exists(`runs:${key}`) ? <p>{t(key)}</p> : null}
      {run.state === "failed" && lines.length ? (
        <details className={styles.lastLines}>
          <summary>{t("lastLines", { count: lines.length })}</summary>
          <pre>{lines.map(({ message }) => message).join("\n")}</pre>
        </details>
      ) : null}
    </div>
  );
}
