import { useTranslation } from "react-i18next";
import { type Column, Table } from "@/components";
import { formatBytes, formatChange, formatDuration, formatNumber, formatShare } from "@/lib/format";
import type { StepResult } from "../stepResults";
import styles from "./Runs.module.css";

/** What a plan began with; numbers that nobody has measured (yet) are null. */
export interface SourceModel {
  size_bytes: number;
  metric: number | null;
  latency_ms: number | null;
}

interface StepRow extends StepResult {
  key: string;
  /** Null = the model that the plan begins with. */
  place: number | null;
  before: SourceModel | null;
}

function rowsOf(source: SourceModel | null, steps: StepResult[]): StepRow[] {
  const first: StepRow[] = source
    ? [{ ...source, key: "source", step: "source", seconds: null, place: null, before: null }]
    : [];
  return [
    ...first,
    ...steps.map((step, index) => ({
      ...step,
      key: `${index} ${step.step}`,
      place: index,
      before: steps[index - 1] ?? source,
    })),
  ];
}

interface StepsTableProps {
  caption: string;
  source: SourceModel | null;
  steps: StepResult[];
}

/** Step by step: what is left of the size, and what it has cost. */
export function StepsTable({ caption, source, steps }: StepsTableProps) {
  const { t } = useTranslation("runs");
  const rows = rowsOf(source, steps);
  const largest = Math.max(...rows.map(({ size_bytes }) => size_bytes));
  const columns: Column<StepRow>[] = [
    { key: "step", header: t("steps.step"), cell: (row) => <Name row={row} /> },
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
      cell: (row) => <Moved row={row} text={formatBytes(row.size_bytes)} value={(one) => one.size_bytes} />,
    },
    {
      key: "metric",
      header: t("steps.metric"),
      numeric: true,
      cell: (row) => <Moved row={row} text={formatShare(row.metric, 1)} value={(one) => one.metric} />,
    },
    {
      key: "latency",
      header: t("compress.latency"),
      numeric: true,
      cell: (row) =>
        row.latency_ms === null ? (
          "–"
        ) : (
          <Moved row={row} text={`${formatNumber(row.latency_ms, 1)} ms`} value={(one) => one.latency_ms} />
        ),
    },
    { key: "took", header: t("column.took"), numeric: true, cell: ({ seconds }) => formatDuration(seconds) },
  ];
  return <Table caption={caption} columns={columns} rows={rows} rowKey={({ key }) => key} />;
}

function Name({ row: { step, place } }: { row: StepRow }) {
  const { t } = useTranslation("runs");
  return (
    <span className={styles.name}>
      {place === null ? t("steps.source") : t(`common:run.stepName.${step}`, { defaultValue: step })}
    </span>
  );
}

interface MovedProps {
  row: StepRow;
  text: string;
  value: (model: SourceModel) => number | null;
}

/** A value with its change against the row before; the source's is what all begins with. */
function Moved({ row, text, value }: MovedProps) {
  const to = value(row);
  const from = row.before ? value(row.before) : null;
  const change = from && to !== null ? (to - from) / from : null;
  const note =
    row.place === null && to !== null
      ? formatShare(1)
      : change === null || Math.abs(change) < 0.0005
        ? null
        : formatChange(change);
  return (
    <span className={styles.moved}>
      {text}
      {note ? <span className="muted">{note}</span> : null}
    </span>
  );
}
