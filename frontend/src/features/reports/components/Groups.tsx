import { useTranslation } from "react-i18next";
import { Card, type Column, Table } from "@/components";
import type { ClassMetrics, VariantReport } from "@/lib/api";
import { formatNumber, formatShare } from "@/lib/format";
import { useClassName } from "@/lib/useClassName";

/** Under so many examples a class's number says little. */
const FEW = 10;
const ORDER = ["map50", "map5095", "precision", "recall", "f1", "iou", "accuracy"];

/** The measures of classes, in one row each; the worst classes first. */
export function PerClass({ projectId, report }: { projectId: number; report: VariantReport }) {
  const { t } = useTranslation("reports");
  const say = useClassName(projectId);
  const rows = report.metrics.per_class ?? [];
  if (rows.length === 0) return null;
  const names = [
    ...new Set(rows.flatMap((row) => Object.keys(row).filter((key) => typeof row[key] === "number"))),
  ]
    .filter((name) => name !== "n")
    .sort((a, b) => place(a) - place(b));
  const main = names[0] ?? "";
  const sorted = [...rows].sort((a, b) => value(a, main) - value(b, main));
  const columns: Column<ClassMetrics>[] = [
    {
      key: "name",
      header: t("class"),
      grow: true,
      cell: ({ name, n }) => (
        <>
          {say(name)} {typeof n === "number" && n < FEW ? <span className="muted">({t("few")})</span> : null}
        </>
      ),
    },
    { key: "n", header: t("examples"), numeric: true, cell: ({ n }) => formatNumber(n) },
    ...names.map((name) => ({
      key: name,
      header: t(`common:metric.${name}`, { defaultValue: name }),
      numeric: true,
      cell: (row: ClassMetrics) => formatShare(row[name] as number | null, 1),
    })),
  ];
  return (
    <Card title={t("perClass")}>
      <Table caption={t("perClass")} columns={columns} rows={sorted} rowKey={({ name }) => name} />
    </Card>
  );
}

function place(name: string): number {
  const index = ORDER.indexOf(name);
  return index < 0 ? ORDER.length : index;
}

function value(row: ClassMetrics, name: string): number {
  const found = row[name];
  return typeof found === "number" ? found : 2;
}

interface SizeRow {
  size: string;
  metric: number | null;
  truths: number | null;
}

/** Small, medium, large objects: what falls first when pictures shrink. */
export function PerSize({ report }: { report: VariantReport }) {
  const { t } = useTranslation("reports");
  const sizes = report.metrics.per_size ?? {};
  const counts = (report.metrics.sizes ?? {}) as Record<string, { truths?: number }>;
  const rows: SizeRow[] = Object.entries(sizes)
    .sort(([a], [b]) => SIZES.indexOf(a) - SIZES.indexOf(b))
    .map(([size, metric]) => ({ size, metric, truths: counts[size]?.truths ?? null }));
  if (rows.length === 0) return null;
  const columns: Column<SizeRow>[] = [
    {
      key: "size",
      header: t("size"),
      grow: true,
      cell: ({ size }) => t(`sizes.${size}`, { defaultValue: size }),
    },
    { key: "n", header: t("examples"), numeric: true, cell: ({ truths }) => formatNumber(truths) },
    {
      key: "metric",
      header: t(`common:metric.${report.metric}`, { defaultValue: report.metric }),
      numeric: true,
      cell: ({ metric }) => formatShare(metric, 1),
    },
  ];
  return (
    <Card title={t("perSize")}>
      <Table caption={t("perSize")} columns={columns} rows={rows} rowKey={({ size }) => size} />
    </Card>
  );
}

const SIZES = ["small", "medium", "large"];
