import { type Doc, isShown, listRegions, type Region, type Thresholds } from "@/document/region";
import type { ThresholdEstimate } from "@/lib/api";

export const BARS = 20;
export const DECISIONS = ["accepted", "changed", "rejected", "check"] as const;
export type Decision = (typeof DECISIONS)[number];
export type Counts = Record<Decision, number>;

export interface Histogram {
  /** One for each twentieth of the score. */
  readonly bars: readonly Counts[];
  readonly sum: Counts;
  readonly tallest: number;
  readonly hidden: number;
  readonly total: number;
}

const none = (): Counts => ({ accepted: 0, changed: 0, rejected: 0, check: 0 });

function decisionOf(region: Region): Decision {
  if (region.state === "pending" || region.needsCheck) return "check";
  if (region.state === "rejected" || region.state === "accepted") return region.state;
  return "changed";
}

/** How many guesses lie in each twentieth of the score, and what was decided about them. A score of 1 is in the last. */
export function histogramOf(doc: Doc, thresholds: Thresholds): Histogram {
  const bars = Array.from({ length: BARS }, none);
  const sum = none();
  let [hidden, total] = [0, 0];
  for (const region of listRegions(doc)) {
    if (region.prediction === null) continue;
    const decision = decisionOf(region);
    // 1e-9: 0.15 × 20 is 3, not 2.9999999999999996.
    const at = Math.min(BARS - 1, Math.max(0, Math.floor(region.prediction.score * BARS + 1e-9)));
    const bar = bars[at];
    if (bar !== undefined) bar[decision] += 1;
    total += 1;
    if (isShown(region, thresholds)) sum[decision] += 1;
    else hidden += 1;
  }
  const height = (bar: Counts) => bar.accepted + bar.changed + bar.rejected + bar.check;
  return { bars, sum, tallest: Math.max(1, ...bars.map(height)), hidden, total };
}

/** How many guesses with this score or a higher one were right, among those that people reviewed; null when unknown. */
export function precisionFrom(
  estimate: ThresholdEstimate | null,
  score: number,
): { precision: number; n: number } | null {
  const above = (estimate?.curve ?? []).filter((point) => point.threshold >= score);
  const first = above.reduce<(typeof above)[number] | null>(
    (lowest, point) => (lowest === null || point.threshold < lowest.threshold ? point : lowest),
    null,
  );
  if (estimate === null || first === null) return null;
  return { precision: first.precision, n: Math.round(first.kept * estimate.n) };
}
