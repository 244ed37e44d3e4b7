import { runsArea } from "./crop";
import type { Runs } from "./rle";

/** Intersection over union of two masks of one size, in [0, 1]; 0 when both are empty. No pixel is looked at twice. */
export function runsIou(a: Runs, b: Runs): number {
  let [n, m, endA, endB, at, shared] = [0, 0, a[0] ?? 0, b[0] ?? 0, 0, 0];
  while (n < a.length && m < b.length) {
    const end = Math.min(endA, endB);
    if (n % 2 === 1 && m % 2 === 1) shared += end - at;
    at = end;
    if (endA === end) {
      n += 1;
      endA += a[n] ?? 0;
    }
    if (endB === end) {
      m += 1;
      endB += b[m] ?? 0;
    }
  }
  const union = runsArea(a) + runsArea(b) - shared;
  return union === 0 ? 0 : shared / union;
}
