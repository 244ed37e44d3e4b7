import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Badge, Card, type Column, Table, type Tone } from "@/components";
import type { Run, Trial } from "@/lib/api";
import { formatBytes, formatDuration, formatNumber, formatShare } from "@/lib/format";
import { useTrials } from "../api";
import styles from "./Runs.module.css";

const TONES: Record<string, Tone> = {
  complete: "good",
  done: "good",
  succeeded: "good",
  running: "info",
  failed: "bad",
  fail: "bad",
  pruned: "neutral",
};

/** What a search has tried; nothing where the run does not search. */
export function Trials({ run, projectId }: { run: Run; projectId: number }) {
  const { t } = useTranslation("runs");
  const trials = useTrials(run);
  const rows = trials.data ?? [];
  const planText = usePlanText();
  if (rows.length === 0) return null;
  const columns: Column<Trial>[] = [
    { key: "number", header: "#", numeric: true, cell: ({ number }) => number },
    {
      key: "plan",
      header: t("trials.plan"),
      grow: true,
      cell: ({ plan, error }) => (
        <>
          {planText(plan)}
          {error ? (
            <div className={styles.error}>{typeof error === "string" ? error : error.message}</div>
          ) : null}
        </>
      ),
    },
    {
      key: "size",
      header: t("trained.size"),
      numeric: true,
      cell: ({ size_bytes }) => formatBytes(size_bytes),
    },
    { key: "metric", header: t("steps.metric"), numeric: true, cell: ({ metric }) => formatShare(metric, 1) },
    {
      key: "latency",
      header: t("compress.latency"),
      numeric: true,
      cell: ({ latency_p20_ms: ms }) => (ms === null ? "–" : `${formatNumber(ms, 1)} ms`),
    },
    { key: "took", header: t("column.took"), numeric: true, cell: ({ seconds }) => formatDuration(seconds) },
    {
      key: "state",
      header: t("column.state"),
      cell: ({ state, on_front, variant_id }) => (
        <span className={styles.badges}>
          <Badge tone={TONES[state]}>{t(`trials.state.${state}`, { defaultValue: state })}</Badge>
          {on_front ? <Badge tone="info">{t("trials.front")}</Badge> : null}
          {variant_id ? (
            <Link to={`/projects/${projectId}/models/variants/${variant_id}`}>{t("compress.report")}</Link>
          ) : null}
        </span>
      ),
    },
  ];
  return (
    <Card title={t("trials.title", { count: rows.length })} about={t("trials.about")}>
      <Table caption={t("trials.caption")} columns={columns} rows={rows} rowKey={({ number }) => number} />
    </Card>
  );
}

/** The options that tell trials apart. */
const TELLING = ["amount", "image_size", "arch", "width", "student", "scheme", "precision"];

function usePlanText(): (plan: Trial["plan"]) => string {
  const { t } = useTranslation("runs");
  return (plan) =>
    (plan ?? [])
      .map(({ step, options }) => {
        const told = TELLING.map((name) => options[name]).filter(
          (value) => value !== undefined && value !== null,
        );
        const name = t(`common:run.stepName.${step}`, { defaultValue: step });
        return told.length ? `${name} (${told.map(String).join(", ")})` : name;
      })
      .join(" → ") || "–";
}
