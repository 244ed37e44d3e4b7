import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Badge, type Column } from "@/components";
import type { ModelVariant, TaskTypeSlug } from "@/lib/api";
import { formatBytes, formatNumber, formatShare } from "@/lib/format";
import { mainMetric, relativeChange } from "../measures";
import { Gate } from "./Gate";
import styles from "./Models.module.css";

type Translate = TFunction<"models">;

/** More metrics than this are for the run's page. */
const SHOWN_METRICS = 2;
/** Of them only the report tells: small is good in these. */
const NOT_SHOWN = new Set(["ece", "loss"]);

interface Wanted {
  variants: ModelVariant[];
  projectId: number;
  taskType: TaskTypeSlug;
  /** Address under which the reports of variants stand. */
  reports: string;
  actions: (variant: ModelVariant) => ReactNode;
}

/** What is shown of each variant; sizes and times stand beside those of the full-precision one. */
export function variantColumns(
  t: Translate,
  { variants, projectId, taskType, reports, actions }: Wanted,
): Column<ModelVariant>[] {
  const whole = variants.find(({ precision }) => precision === "fp32");
  return [
    {
      key: "precision",
      header: t("column.variant"),
      cell: (variant) => <Name variant={variant} reports={reports} t={t} />,
    },
    {
      key: "size",
      header: t("column.size"),
      numeric: true,
      cell: ({ size_bytes: bytes }) => (
        <Measure value={formatBytes(bytes)} change={relativeChange(bytes, whole?.size_bytes)} />
      ),
    },
    {
      key: "latency",
      header: <span title={t("column.latencyHint")}>{t("column.latency")}</span>,
      numeric: true,
      cell: (variant) => <Latency variant={variant} whole={whole} t={t} />,
    },
    ...metricsOf(variants, taskType).map((name) => metricColumn(t, name)),
    {
      key: "gate",
      header: t("column.gate"),
      grow: true,
      cell: ({ gate, format }) =>
        format === "onnx" || gate ? <Gate projectId={projectId} gate={gate} /> : t("gate.export"),
    },
    {
      key: "actions",
      header: <span className="visually-hidden">{t("column.actions")}</span>,
      numeric: true,
      cell: actions,
    },
  ];
}

/** The gate's metric first, then what else was measured. */
function metricsOf(variants: ModelVariant[], taskType: TaskTypeSlug): string[] {
  const measured = variants.flatMap(({ metrics }) =>
    Object.entries(metrics ?? {}).flatMap(([name, value]) =>
      typeof value === "number" && !NOT_SHOWN.has(name) ? [name] : [],
    ),
  );
  const main = mainMetric(taskType);
  const names = [...new Set(measured)];
  return [main, ...names.filter((name) => name !== main)]
    .filter((name) => names.includes(name))
    .slice(0, SHOWN_METRICS);
}

function metricColumn(t: Translate, name: string): Column<ModelVariant> {
  return {
    key: name,
    header: t(`common:metric.${name}`, { defaultValue: name }),
    numeric: true,
    cell: ({ metrics }) => {
      const value = metrics?.[name];
      return typeof value === "number" ? formatShare(value, 1) : <span className="muted">–</span>;
    },
  };
}

function Name({ variant, reports, t }: { variant: ModelVariant; reports: string; t: Translate }) {
  return (
    <span className={styles.variant}>
      <span>
        <Link to={`${reports}/${variant.id}`} title={t("report")}>
          <strong>{variant.precision}</strong>
        </Link>{" "}
        <span className="muted">{variant.format}</span>
      </span>
      {variant.deployed ? <Badge tone="good">{t("deployed")}</Badge> : null}
      {variant.runtime?.map((one) => (
        <small key={one.machine} className="muted" title={one.machine}>
          {t("runsBy", {
            runtime: t(`runtimes.${one.runtime}`, { defaultValue: one.runtime }),
            precision: one.precision,
            count: one.streams,
            rate: formatNumber(one.images_per_s, 0),
          })}
        </small>
      ))}
    </span>
  );
}

function Latency({ variant, whole, t }: { variant: ModelVariant; whole?: ModelVariant; t: Translate }) {
  const { latency } = variant;
  if (latency?.p20_ms === undefined) return <span className="muted">{t("notMeasured")}</span>;
  return (
    <span title={latency.device}>
      <Measure
        value={`${formatNumber(latency.p20_ms, 1)} / ${formatNumber(latency.p50_ms, 1)} ms`}
        change={relativeChange(latency.p20_ms, whole?.latency?.p20_ms)}
      />
    </span>
  );
}

function Measure({ value, change }: { value: string; change: number | null }) {
  return (
    <span className={styles.measure}>
      {value}
      {change === null ? null : (
        <span className={change < 0 ? styles.better : styles.worse}>
          {change > 0 ? "+" : "−"}
          {formatShare(Math.abs(change))}
        </span>
      )}
    </span>
  );
}
