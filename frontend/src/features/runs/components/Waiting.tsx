import { useTranslation } from "react-i18next";
import type { Run } from "@/lib/api";
import { formatDuration } from "@/lib/format";
import styles from "./Runs.module.css";

/** After so long without a sign of life people should be told, and the server rings again anyway. */
const SILENCE_S = 60;

/** Who is at it, or why nothing moves: its place in the queue, no worker at all, or a worker that has gone quiet. */
export function Waiting({ run }: { run: Run }) {
  const { t } = useTranslation("runs");
  if (run.state === "running") {
    if ((run.silent_s ?? 0) < SILENCE_S) {
      const workers = run.workers ?? 1;
      return workers > 1 ? <p className="muted">{t("workers", { count: workers })}</p> : null;
    }
    return (
      <p className={styles.stalled} role="status">
        {t("silent", { time: formatDuration(run.silent_s) })}
      </p>
    );
  }
  if (run.state !== "queued") return null;
  const ahead = run.ahead ?? 0;
  // Queued for more than a minute with nothing before it: most likely no worker serves its queue.
  const old = Date.now() - new Date(run.created_at).getTime() > SILENCE_S * 1000;
  return (
    <>
      {run.ahead === undefined || run.ahead === null ? null : (
        <p className="muted">{ahead > 0 ? t("ahead", { count: ahead }) : t("nextOne")}</p>
      )}
      {old && ahead === 0 ? <p className={styles.stalled}>{t("stalled")}</p> : null}
    </>
  );
}
