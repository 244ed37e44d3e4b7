import type { ParetoPoint } from "@/lib/api";
import { formatNumber, formatShare } from "@/lib/format";

/** What can stand on an axis of the plot. */
export interface Axis {
  name: AxisName;
  /** Which end is the good one. */
  better: "high" | "low";
  value: (point: ParetoPoint) => number | null;
  format: (value: number) => string;
  /** Budgets are typed in these units: shares as per cent. */
  typed: number;
  /** Measured on the chosen device. */
  onDevice?: boolean;
}

export const AXIS_NAMES = ["metric", "size", "p20", "p50", "p95", "macs", "params"] as const;
export type AxisName = (typeof AXIS_NAMES)[number];

const present = (value: number | null | undefined): number | null => value ?? null;

/** Enough digits to tell neighbours apart. */
function short(value: number): string {
  if (value !== 0 && Math.abs(value) < 1) return formatNumber(value, 2);
  return formatNumber(value, Math.abs(value) < 100 ? 1 : 0);
}

function latency(name: "p20" | "p50" | "p95"): Axis {
  return {
    name,
    better: "low",
    value: ({ latency: measured }) => present(measured?.[`${name}_ms`]),
    format: (value) => `${short(value)} ms`,
    typed: 1,
    onDevice: true,
  };
}

export const AXES: Record<AxisName, Axis> = {
  metric: {
    name: "metric",
    better: "high",
    value: ({ metric }) => present(metric),
    format: (value) => formatShare(value, 1),
    typed: 100,
  },
  size: {
    name: "size",
    better: "low",
    value: ({ size_bytes }) => (size_bytes === null ? null : size_bytes / 1e6),
    format: (value) => `${short(value)} MB`,
    typed: 1,
  },
  p20: latency("p20"),
  p50: latency("p50"),
  p95: latency("p95"),
  macs: {
    name: "macs",
    better: "low",
    value: ({ macs }) => (macs === null ? null : macs / 1e9),
    format: (value) => `${short(value)} G`,
    typed: 1,
  },
  params: {
    name: "params",
    better: "low",
    value: ({ params }) => (params === null ? null : params / 1e6),
    format: (value) => `${short(value)} M`,
    typed: 1,
  },
};

/** A point's name for addresses and selections: the variant where it is registered, else the trial. */
export function pointKey({ variant_id, trial_id, label }: ParetoPoint): string {
  if (variant_id !== null) return `v${variant_id}`;
  return trial_id === null ? `x${label}` : `t${trial_id}`;
}
