import { useTranslation } from "react-i18next";
import type { Run } from "@/lib/api";
import { Badge, type Tone } from "./Badge";
import { Progress } from "./Progress";

const TONES: Record<Run["state"], Tone> = {
  queued: "neutral",
  running: "info",
  succeeded: "good",
  failed: "bad",
  cancelled: "neutral",
};

export function RunBadge({ run }: { run: Pick<Run, "state" | "cancel_requested"> }) {
  const { t } = useTranslation();
  const stopping = run.cancel_requested && (run.state === "running" || run.state === "queued");
  return <Badge tone={TONES[run.state]}>{stopping ? t("run.stopping") : t(`run.state.${run.state}`)}</Badge>;
}

/** Where a run is: its stage in words, its bar, and how long it may take. */
export function RunProgress({ run, compact = false }: { run: Run; compact?: boolean }) {
  const stage = useStageName()(run.stage);
  if (run.state !== "running" && run.state !== "queued") return null;
  return (
    <div>
      {stage && !compact ? <p className="muted">{stage}</p> : null}
      <Progress
        label={stage}
        done={run.done}
        // A stage of one step jumps from nothing to all: better to show only that something moves.
        total={run.total > 1 ? run.total : 0}
        eta_s={run.eta_s}
        compact={compact}
        shareOnly={run.stage === "train"}
      />
    </div>
  );
}

/** Stages are the jobs' own words; the known ones are translated, the others shown as they are. */
export function useStageName(): (stage: string) => string {
  const { t, i18n } = useTranslation();
  return (stage) => {
    if (!stage) return t("run.waiting");
    // "step 2/3 prune": the place in a plan, and which step it is.
    const [, n, total, slug = ""] = /^step (\d+)\/(\d+) (\w+)$/.exec(stage) ?? [];
    const [, tried = ""] = /^search: (\w+)$/.exec(stage) ?? [];
    if (tried) return t("run.searching", { name: t(`run.stepName.${tried}`, { defaultValue: tried }) });
    const [, target] = /^export (\S+)$/.exec(stage) ?? [];
    if (target) return t("run.exporting", { target });
    if (n) return t("run.step", { n, total, name: t(`run.stepName.${slug}`, { defaultValue: slug }) });
    const key = `run.stage.${stage.replace(/[\s.-]+/g, "_")}`;
    return i18n.exists(key) ? t(key) : stage;
  };
}
