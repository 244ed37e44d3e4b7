import { useTranslation } from "react-i18next";
import { Badge, type Column, Table, type Tone } from "@/components";
import { formatBytes, formatNumber, formatShare } from "@/lib/format";

interface Trained {
  name: string;
  size_bytes?: number;
  latency?: { p20_ms?: number; p50_ms?: number } | null;
  metrics?: Record<string, number> | null;
  gate?: { verdict?: string } | null;
}

const TONES: Record<string, Tone> = { pass: "good", refuse: "bad", inconclusive: "warn" };

/** The variants that a training made, as its result lists them: `{fp32: {…}, int8: {…}}`. */
export function trainedVariants(result: Record<string, unknown>): Trained[] {
  const { variants } = result;
  if (typeof variants !== "object" || variants === null || Array.isArray(variants)) return [];
  return Object.entries(variants).flatMap(([name, row]) =>
    typeof row === "object" && row !== null ? [{ ...(row as Omit<Trained, "name">), name }] : [],
  );
}

export function TrainedVariants({ rows }: { rows: Trained[] }) {
  const { t } = useTranslation("runs");
  const metric = ["map50", "accuracy"].find((name) =>
    rows.some(({ metrics }) => metrics?.[name] !== undefined),
  );
  const columns: Column<Trained>[] = [
    { key: "name", header: t("trained.variant"), grow: true, cell: ({ name }) => <strong>{name}</strong> },
    { key: "size", header: t("trained.size"), numeric: true, cell: (row) => formatBytes(row.size_bytes) },
    {
      key: "latency",
      header: "p20 / p50 (ms)",
      numeric: true,
      cell: ({ latency }) => `${formatNumber(latency?.p20_ms, 1)} / ${formatNumber(latency?.p50_ms, 1)}`,
    },
    {
      key: "metric",
      header: metric ? t(`trained.${metric}`) : t("trained.metric"),
      numeric: true,
      cell: ({ metrics }) => formatShare(metric ? metrics?.[metric] : null, 1),
    },
    {
      key: "gate",
      header: t("result.gate"),
      cell: ({ gate }) =>
        gate?.verdict ? (
          <Badge tone={TONES[gate.verdict]}>{t(`trained.verdict.${gate.verdict}`)}</Badge>
        ) : (
          "–"
        ),
    },
  ];
  return <Table caption={t("trained.title")} columns={columns} rows={rows} rowKey={({ name }) => name} />;
}
