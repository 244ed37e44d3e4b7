import { type Rings, ringsArea, ringsBox } from "../geometry/polygons";
import { simplifyRings } from "../geometry/simplify";
import { type Crop, cropOfRuns, runsOfCrop } from "./crop";
import { crossings, fillRings } from "./fill";
import { type Rle, rleOf, runsOf } from "./rle";
import { runsIou } from "./runsIou";
import { traceCrop } from "./trace";

/** What a conversion keeps: 1 − `iou` is lost. */
export interface Converted<T> {
  readonly result: T;
  readonly iou: number;
}

/** Lines per pixel row on which areas are compared; along a line lengths are exact. */
const LINES = 8;

/** Intersection over union of the area within the rings and the pixels of the crop, in [0, 1]. */
export function ringsIou(rings: Rings, crop: Crop): number {
  const box = ringsBox(rings);
  const top = Math.min(Math.floor(box[1]), crop.y);
  const rows = Math.max(Math.ceil(box[3]), crop.y + crop.height) - top;
  const lines = crossings(rings, top + 0.5 / LINES, rows * LINES, 1 / LINES);
  let [inside, shared, covered] = [0, 0, 0];
  const sums = new Float64Array(crop.width + 1);
  for (let row = 0; row < rows; row += 1) {
    const y = top + row - crop.y;
    const hasPixels = y >= 0 && y < crop.height;
    for (let x = 0; hasPixels && x < crop.width; x += 1)
      sums[x + 1] = (sums[x] ?? 0) + (crop.bits[y * crop.width + x] ?? 0);
    if (hasPixels) covered += sums[crop.width] ?? 0;
    const upTo = (at: number) => {
      const x = Math.min(Math.max(at - crop.x, 0), crop.width);
      const whole = Math.floor(x);
      const start = sums[whole] ?? 0;
      return start + (x - whole) * ((sums[whole + 1] ?? start) - start);
    };
    for (let n = 0; n < LINES; n += 1) {
      const line = lines[row * LINES + n] ?? [];
      for (let pair = 0; pair + 1 < line.length; pair += 2) {
        const [from, to] = [line[pair] ?? 0, line[pair + 1] ?? 0];
        inside += (to - from) / LINES;
        if (hasPixels) shared += (upTo(to) - upTo(from)) / LINES;
      }
    }
  }
  const union = inside + covered - shared;
  return union === 0 ? 0 : shared / union;
}

/** The mask as rings, none of whose borders is moved by more than about `tolerance` pixels. */
export function maskToRings(rle: Rle, tolerance: number): Converted<Rings> {
  const crop = cropOfRuns(runsOf(rle), rle.size);
  const rings = simplifyRings(traceCrop(crop) ?? [], tolerance);
  return { result: rings, iou: ringsIou(rings, crop) };
}

/** The pixels whose centres the rings hold; null where there are none. */
export function ringsToMask(rings: Rings, size: Rle["size"]): Converted<Rle | null> {
  const crop = fillRings(rings, size);
  if (ringsArea(rings) === 0 || !crop.bits.includes(1)) return { result: null, iou: 0 };
  return { result: rleOf(runsOfCrop(crop, size), size), iou: ringsIou(rings, crop) };
}

/** The rings with fewer corners; compared by the pixels that both hold, since those are what is stored. */
export function simplified(rings: Rings, tolerance: number, size: Rle["size"]): Converted<Rings> {
  const result = simplifyRings(rings, tolerance);
  const [before, after] = [rings, result].map((one) => runsOfCrop(fillRings(one, size), size));
  return { result, iou: before === undefined || after === undefined ? 0 : runsIou(before, after) };
}
