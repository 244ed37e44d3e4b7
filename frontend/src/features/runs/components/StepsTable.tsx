import { useTranslation } from "react-i18next";
import { Card, type Column, Table } from "@/components";
import { formatBytes, formatChange, formatDuration, formatNumber, formatShare } from "@/lib/format";
import type { StepResult } from "../stepResults";
import styles from "./Runs.module.css";

interface StepRow extends StepResult {
  before: StepResult | null;
}

/** Step by step: what is left of the size, and what it has cost. */
export function StepsTable({ steps }: { steps: StepResult[] }) {
  const { t } = useTranslation("runs");
  const largest = Math.max(...steps.map(({ size_bytes }) => size_bytes));
  const rows: StepRow[] = steps.map((step, index) => ({ ...step, before: steps[index - 1] ?? null }));
  const columns: Column<StepRow>[] = [
    {
      key: "step",
      header: t("steps.step"),
      cell: ({ step }) => <strong>{t(`common:run.stepName.${step}`, { defaultValue: step })}</strong>,
    },
    {
      key: "left",
      header: t("steps.left"),
      grow: true,
      cell: ({ size_bytes, before }) => (
        <span className={styles.waterfall}>
          <span
            className={styles.was}
            style={{ width: `${(100 * (before?.size_bytes ?? size_bytes)) / largest}%` }}
          />
          <span className={styles.is} style={{ width: `${(100 * size_bytes) / largest}%` }} />
        </span>
      ),
    },
    {
      key: "size",
      header: t("trained.size"),
      numeric: true,
      cell: ({ size_bytes, before }) => (
        <Moved text={formatBytes(size_bytes)} from={before?.size_bytes ?? null} to={size_bytes} />
      ),
    },
    {
      key: "metric",
      header: t("steps.metric"),
      numeric: true,
      cell: ({ metric, before }) => (
        <Moved text={formatShare(metric, 1)} from={before?.metric ?? null} to={metric} />
      ),
    },
    {
      key: "latency",
      header: t("compress.latency"),
      numeric: true,
      cell: ({ latency_ms }) => (latency_ms === null ? "–" : `${formatNumber(latency_ms, 1)} ms`),
    },
    { key: "took", header: t("column.took"), numeric: true, cell: ({ seconds }) => formatDuration(seconds) },
  ];
  return (
    <Card title={t("steps.title")} about={t("steps.about")}>
      <Table caption={t("steps.title")} columns={columns} rows={rows} rowKey={({ step }) => step} />
    </Card>
  );
}

/** A value with its change against the step before. */
function Moved({ text, from, to }: { text: string; from: number | null; to: number | null }) {
  const change = from && to !== null ? (to - from) / from : null;
  return (
    <span className={styles.moved}>
      {text}
      {change === null || Math.abs(change) < 0.0005 ? null : (
        <span className="muted">{formatChange(change)}</span>
      )}
    </span>
  );
}
