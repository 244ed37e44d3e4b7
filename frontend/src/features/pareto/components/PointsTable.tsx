import { useTranslation } from "react-i18next";
import { Badge, Button, Card, type Column, Table } from "@/components";
import type { ParetoPoint } from "@/lib/api";
import { formatShare } from "@/lib/format";
import { AXES, type AxisName, pointKey } from "../axes";
import { csvOf, saveFile } from "../csv";
import { familyColors, markOf } from "../marks";
import styles from "./Pareto.module.css";

interface PointsTableProps {
  points: ParetoPoint[];
  selected: string[];
  /** Keys of those that nothing beats on the chosen axes. */
  front: Set<string>;
  metric: string;
  onToggle: (key: string) => void;
}

/** The plot once more as a table, with the same selection. */
export function PointsTable({ points, selected, front, metric, onToggle }: PointsTableProps) {
  const { t } = useTranslation("pareto");
  const colors = familyColors(points);
  const measure = (name: AxisName): Column<ParetoPoint> => ({
    key: name,
    header: name === "metric" ? t(`common:metric.${metric}`, { defaultValue: metric }) : t(`axis.${name}`),
    numeric: true,
    cell: (point) => {
      const value = AXES[name].value(point);
      if (value !== null) return AXES[name].format(value);
      return <span className="muted">{t(AXES[name].onDevice ? "notMeasured" : "notKnown")}</span>;
    },
  });
  const columns: Column<ParetoPoint>[] = [
    {
      key: "label",
      header: t("column.label"),
      grow: true,
      cell: (point) => (
        <label className={styles.rowPick}>
          <input
            type="checkbox"
            checked={selected.includes(pointKey(point))}
            onChange={() => onToggle(pointKey(point))}
          />
          <svg width="14" height="14" viewBox="-10 -10 20 20" aria-hidden="true">
            <path d={markOf(point)} fill={colors.get(point.family)} />
          </svg>
          {point.label}
        </label>
      ),
    },
    {
      key: "kind",
      header: t("column.kind"),
      cell: ({ kind }) => <span className={styles.kind}>{t(`kind.${kind}`, { defaultValue: kind })}</span>,
    },
    { key: "precision", header: t("column.precision"), cell: ({ precision }) => precision || "–" },
    measure("metric"),
    {
      key: "interval",
      header: t("column.interval"),
      numeric: true,
      cell: ({ low, high }) =>
        low === null || high === null ? "–" : `${formatShare(low, 1)} – ${formatShare(high, 1)}`,
    },
    measure("size"),
    measure("p20"),
    measure("p50"),
    { key: "notes", header: t("column.notes"), cell: (point) => <Notes point={point} front={front} /> },
  ];
  return (
    <Card
      title={t("table")}
      actions={
        <Button
          size="s"
          onClick={() =>
            saveFile("pareto.csv", csvOf(CSV_HEADER, points.map(csvRow)), "text/csv;charset=utf-8")
          }
        >
          {t("csv")}
        </Button>
      }
    >
      <Table caption={t("table")} columns={columns} rows={points} rowKey={pointKey} />
    </Card>
  );
}

function Notes({ point, front }: { point: ParetoPoint; front: Set<string> }) {
  const { t } = useTranslation("pareto");
  return (
    <span className={styles.badges}>
      {point.deployed ? <Badge tone="good">{t("deployed")}</Badge> : null}
      {front.has(pointKey(point)) ? <Badge tone="info">{t("onFront")}</Badge> : null}
      {point.stale ? <Badge tone="warn">{t("stale")}</Badge> : null}
      {point.variant_id === null ? <Badge>{t("trial")}</Badge> : null}
    </span>
  );
}

/** The file is for programs as well: names as the API has them, in one unit each, in no language. */
const CSV_HEADER = [
  "label",
  "kind",
  "family",
  "precision",
  "metric",
  "low",
  "high",
  "size_bytes",
  "p20_ms",
  "p50_ms",
  "p95_ms",
  "macs",
  "params",
  "deployed",
  "stale",
];

export function csvRow(point: ParetoPoint): (string | number | boolean | null)[] {
  const { label, kind, family, precision, metric, low, high, size_bytes, latency, macs, params } = point;
  const times = [latency?.p20_ms ?? null, latency?.p50_ms ?? null, latency?.p95_ms ?? null];
  return [
    label,
    kind,
    family,
    precision,
    metric,
    low,
    high,
    size_bytes,
    ...times,
    macs,
    params,
    point.deployed,
    point.stale,
  ];
}
