import { isAcceptable } from "@/document/edits";
import { type Doc, listRegions, showFrom, type Thresholds } from "@/document/region";
import type { ThresholdEstimate } from "@/lib/api";
import { precisionFrom } from "./histogram";

/** Fewer guesses than these support no threshold; prelabel/core/calibration.py has the same number. */
export const FEWEST = 20;

export interface Measured {
  readonly estimate: ThresholdEstimate | null;
  /** The thresholds under which it was measured: guesses below them were left out of it. */
  readonly under: Thresholds;
}

export type BulkAccept =
  | { readonly on: true; readonly from: number; readonly precision: number; readonly n: number }
  | {
      readonly on: false;
      readonly from: number;
      readonly why: "unknown" | "below" | "few";
      readonly n: number;
    };

/** Every class that somebody set, and one that nobody did: it has the project's own. */
function classesOf(...thresholds: readonly Thresholds[]): number[] {
  return [-1, ...thresholds.flatMap((one) => Object.keys(one.perClass).map(Number))];
}

/** The least score that is shown: from there on guesses are accepted with one key. */
export function bulkFrom(thresholds: Thresholds): number {
  return Math.min(...classesOf(thresholds).map((id) => showFrom(thresholds, id)));
}

/**
 * Whether guesses may be accepted without a look at each: only where people's verdicts say how often such guesses are
 * right, and from scores that were part of what was measured.
 */
export function bulkAccept({ estimate, under }: Measured, thresholds: Thresholds): BulkAccept {
  const from = bulkFrom(thresholds);
  if (estimate === null) return { on: false, from, why: "unknown", n: 0 };
  const below = classesOf(thresholds, under).some((id) => showFrom(thresholds, id) < showFrom(under, id));
  if (below) return { on: false, from, why: "below", n: 0 };
  const found = precisionFrom(estimate, from);
  if (found === null || found.n < FEWEST) return { on: false, from, why: "few", n: found?.n ?? 0 };
  return { on: true, from, ...found };
}

/** How many guesses one key would accept now. */
export function acceptable(doc: Doc, thresholds: Thresholds): number {
  return listRegions(doc).filter((region) => isAcceptable(region, thresholds)).length;
}
