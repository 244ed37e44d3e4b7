import { useTranslation } from "react-i18next";
import { Card } from "@/components";
import type { VariantReport } from "@/lib/api";
import { formatNumber, formatShare } from "@/lib/format";
import styles from "./Reports.module.css";

/** Errors are better small, and are no share of anything. */
const PLAIN = new Set(["ece", "loss"]);

/** The plain numbers of a report, the one that gates look at first. */
export function metricsOf({ metrics, metric }: VariantReport): [string, number][] {
  const numbers = Object.entries(metrics).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number" && entry[0] !== "shown_score",
  );
  return numbers.sort(([a], [b]) => Number(b === metric) - Number(a === metric));
}

export function Metrics({ report }: { report: VariantReport }) {
  const { t } = useTranslation("reports");
  return (
    <Card title={t("metrics")} about={t("metricsAbout")}>
      <dl className={styles.metrics}>
        {metricsOf(report).map(([name, value]) => (
          <Metric key={name} name={name} value={value} interval={report.intervals?.[name] ?? null} />
        ))}
      </dl>
    </Card>
  );
}

function Metric({
  name,
  value,
  interval,
}: {
  name: string;
  value: number;
  interval: [number, number] | null;
}) {
  const { t } = useTranslation("reports");
  const written = (one: number) => (PLAIN.has(name) ? formatNumber(one, 3) : formatShare(one, 1));
  return (
    <div>
      <dt>{t(`common:metric.${name}`, { defaultValue: name.replaceAll("_", " ") })}</dt>
      <dd>
        <strong>{written(value)}</strong>
        {interval ? (
          <>
            <span className="muted">
              {written(interval[0])} – {written(interval[1])}
            </span>
            <Whisker value={value} interval={interval} />
          </>
        ) : null}
      </dd>
    </div>
  );
}

/** The interval on a line from 0 to 1. */
function Whisker({ value, interval: [low, high] }: { value: number; interval: [number, number] }) {
  const at = (share: number) => 1 + 118 * Math.min(1, Math.max(0, share));
  return (
    <svg width="120" height="10" viewBox="0 0 120 10" className={styles.whisker} aria-hidden="true">
      <path d="M1 5H119" className={styles.rule} />
      <path d={`M${at(low)} 5H${at(high)}M${at(low)} 2v6M${at(high)} 2v6`} className={styles.span} />
      <circle cx={at(value)} cy="5" r="3" />
    </svg>
  );
}
