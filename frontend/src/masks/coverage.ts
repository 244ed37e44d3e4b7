import { type MaskSize, runsArea } from "./crop";
import type { Runs } from "./rle";

/** Which pixels a mask covers, as the ends of its runs: a few kilobytes where an array of pixels takes megabytes. */
export interface Coverage {
  readonly size: MaskSize;
  readonly ends: Uint32Array;
  readonly area: number;
}

export function coverageOf(runs: Runs, size: MaskSize): Coverage {
  const ends = new Uint32Array(runs.length);
  let at = 0;
  for (let n = 0; n < runs.length; n += 1) {
    at += runs[n] ?? 0;
    ends[n] = at;
  }
  return { size, ends, area: runsArea(runs) };
}

/** True for a point on a covered pixel. */
export function covers({ size: [height, width], ends }: Coverage, x: number, y: number): boolean {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  if (column < 0 || row < 0 || column >= width || row >= height) return false;
  const pixel = column * height + row;
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) > pixel) high = middle;
    else low = middle + 1;
  }
  return low % 2 === 1;
}
