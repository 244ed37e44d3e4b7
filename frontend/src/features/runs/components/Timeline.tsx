import { useTranslation } from "react-i18next";
import { classes, useStageName } from "@/components";
import type { Run, RunEvent } from "@/lib/api";
import { formatDuration } from "@/lib/format";
import { isFinished } from "@/lib/queries";
import styles from "./Runs.module.css";

export interface StageSpan {
  stage: string;
  seconds: number;
  state: "done" | "now" | "broken";
}

/** The stages that a run went through, with how long each took. A stage that was entered twice (a retry) is one line. */
export function stageSpans(run: Run, events: RunEvent[], now = Date.now()): StageSpan[] {
  const entered = events.filter(({ kind, message }) => kind === "stage" && message !== "");
  const end = run.finished_at ? new Date(run.finished_at).getTime() : now;
  const spans = new Map<string, StageSpan>();
  entered.forEach((event, index) => {
    const next = entered[index + 1];
    const until = next ? new Date(next.at).getTime() : end;
    const seconds = Math.max(0, (until - new Date(event.at).getTime()) / 1000);
    const known = spans.get(event.message);
    spans.delete(event.message);
    spans.set(event.message, {
      stage: event.message,
      seconds: (known?.seconds ?? 0) + seconds,
      state: "done",
    });
  });
  const last = [...spans.values()].at(-1);
  if (last && run.state !== "succeeded") last.state = isFinished(run) ? "broken" : "now";
  return [...spans.values()];
}

export function Timeline({ run, events }: { run: Run; events: RunEvent[] }) {
  const { t } = useTranslation("runs");
  const stageName = useStageName();
  const spans = stageSpans(run, events);
  if (spans.length === 0) return <p className="muted">{t(isFinished(run) ? "noStages" : "notStarted")}</p>;
  return (
    <ol className={styles.timeline}>
      {spans.map(({ stage, seconds, state }) => (
        <li
          key={stage}
          className={classes(styles.stage, styles[state])}
          aria-current={state === "now" ? "step" : undefined}
        >
          <span>{stageName(stage)}</span>
          <span className="muted num">{formatDuration(seconds)}</span>
        </li>
      ))}
    </ol>
  );
}
