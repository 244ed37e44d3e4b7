import { useTranslation } from "react-i18next";
import { Card } from "@/components";
import type { RunEvent } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { isStepResult } from "../stepResults";
import styles from "./Runs.module.css";

const WIDTH = 180;
const HEIGHT = 44;
/** What counts steps is an axis, not a curve. */
const AXES = new Set(["epoch", "step", "epochs"]);

export function curvesOf(events: RunEvent[]): Map<string, number[]> {
  const curves = new Map<string, number[]>();
  for (const event of events) {
    // What a step ended with stands in its own table.
    if (event.kind !== "metric" || isStepResult(event)) continue;
    for (const [name, value] of Object.entries(event.data ?? {})) {
      if (typeof value !== "number" || !Number.isFinite(value) || AXES.has(name)) continue;
      curves.set(name, [...(curves.get(name) ?? []), value]);
    }
  }
  return curves;
}

function path(values: number[]): string {
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const step = WIDTH / Math.max(1, values.length - 1);
  const point = (value: number, index: number) =>
    `${(index * step).toFixed(1)} ${(HEIGHT - 3 - ((value - low) / span) * (HEIGHT - 6)).toFixed(1)}`;
  return `M${values.map(point).join("L")}`;
}

/** One small curve for each metric that the run reports, with its last value in words. */
export function Curves({ events }: { events: RunEvent[] }) {
  const { t } = useTranslation("runs");
  const curves = [...curvesOf(events)];
  if (curves.length === 0) return null;
  return (
    <Card title={t("metrics")}>
      <div className={styles.curves}>
        {curves.map(([name, values]) => (
          <figure key={name} className={styles.curve}>
            <figcaption>
              <span className="muted">{t(`common:metric.${name}`, { defaultValue: name })}</span>{" "}
              <strong className="num">{formatNumber(values.at(-1), 4)}</strong>
            </figcaption>
            {values.length > 1 ? (
              <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
                <path d={path(values)} />
              </svg>
            ) : null}
          </figure>
        ))}
      </div>
    </Card>
  );
}
