import type { Box } from "../geometry/boxes";
import { type Rle, type Runs, runsOf } from "./rle";

/** The covered part of a mask: one byte a pixel, 0 or 1, row by row; (x, y) is its corner in the picture. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly bits: Uint8Array<ArrayBuffer>;
}

export type MaskSize = Rle["size"];

export const EMPTY_CROP: Crop = { x: 0, y: 0, width: 0, height: 0, bits: new Uint8Array(0) };

/** Pixels that the runs cover. */
export function runsArea(runs: Runs): number {
  let sum = 0;
  for (let n = 1; n < runs.length; n += 2) sum += runs[n] ?? 0;
  return sum;
}

/** The smallest box around the covered pixels; null when there are none. */
export function runsBox(runs: Runs, [height]: MaskSize): Box | null {
  let [x1, y1, x2, y2] = [Infinity, Infinity, -1, -1];
  let at = 0;
  for (let n = 0; n < runs.length; n += 1) {
    const run = runs[n] ?? 0;
    if (n % 2 === 1 && run > 0) {
      const last = at + run - 1;
      const [left, right] = [Math.floor(at / height), Math.floor(last / height)];
      x1 = Math.min(x1, left);
      x2 = Math.max(x2, right);
      // A run that goes on in the next column touches both ends of the picture.
      y1 = Math.min(y1, left === right ? at % height : 0);
      y2 = Math.max(y2, left === right ? last % height : height - 1);
    }
    at += run;
  }
  return x2 < 0 ? null : [x1, y1, x2 + 1, y2 + 1];
}

const boxes = new WeakMap<Rle, Box>();

/** The box of a mask, found once; the whole picture for a mask that covers nothing or cannot be read. */
export function maskBox(rle: Rle): Box {
  let box = boxes.get(rle);
  if (box === undefined) {
    const whole: Box = [0, 0, rle.size[1], rle.size[0]];
    try {
      box = runsBox(runsOf(rle), rle.size) ?? whole;
    } catch {
      box = whole;
    }
    boxes.set(rle, box);
  }
  return box;
}

export function cropOfRuns(runs: Runs, size: MaskSize): Crop {
  const box = runsBox(runs, size);
  if (box === null) return EMPTY_CROP;
  const [height] = size;
  const [x, y] = [box[0], box[1]];
  const [width, tall] = [box[2] - x, box[3] - y];
  const bits = new Uint8Array(width * tall);
  let at = 0;
  for (let n = 0; n < runs.length; n += 1) {
    const end = at + (runs[n] ?? 0);
    if (n % 2 === 1) {
      while (at < end) {
        const column = Math.floor(at / height);
        const stop = Math.min(end, (column + 1) * height);
        const base = column - x - (y + column * height) * width;
        for (; at < stop; at += 1) bits[base + at * width] = 1;
      }
    }
    at = end;
  }
  return { x, y, width, height: tall, bits };
}

/** Runs of the whole picture of which the crop is the only covered part; what lies outside of the picture is left out. */
export function runsOfCrop(crop: Crop, [height, width]: MaskSize): Runs {
  const runs: number[] = [];
  let at = 0;
  const first = Math.max(0, -crop.x);
  const last = Math.min(crop.width, width - crop.x);
  const top = Math.max(0, -crop.y);
  const bottom = Math.min(crop.height, height - crop.y);
  for (let x = first; x < last; x += 1) {
    const column = (crop.x + x) * height + crop.y;
    for (let y = top; y < bottom; y += 1) {
      if (crop.bits[y * crop.width + x] === 0) continue;
      const start = column + y;
      do y += 1;
      while (y < bottom && crop.bits[y * crop.width + x] !== 0);
      const end = column + y;
      // Down the end of one column and on at the top of the next is one run.
      if (runs.length > 0 && start === at) runs[runs.length - 1] = (runs.at(-1) ?? 0) + end - start;
      else runs.push(start - at, end - start);
      at = end;
    }
  }
  if (at < width * height) runs.push(width * height - at);
  return Uint32Array.from(runs);
}

function stamped(onto: Crop, other: Crop, value: 0 | 1): void {
  const left = Math.max(0, other.x - onto.x);
  const right = Math.min(onto.width, other.x + other.width - onto.x);
  for (
    let y = Math.max(0, other.y - onto.y);
    y < Math.min(onto.height, other.y + other.height - onto.y);
    y += 1
  ) {
    const from = (y + onto.y - other.y) * other.width + onto.x - other.x;
    for (let x = left; x < right; x += 1) {
      if (other.bits[from + x] !== 0) onto.bits[y * onto.width + x] = value;
    }
  }
}

/** The pixels of either. */
export function united(a: Crop, b: Crop): Crop {
  if (a.width === 0) return b;
  if (b.width === 0) return a;
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const width = Math.max(a.x + a.width, b.x + b.width) - x;
  const height = Math.max(a.y + a.height, b.y + b.height) - y;
  const whole: Crop = { x, y, width, height, bits: new Uint8Array(width * height) };
  stamped(whole, a, 1);
  stamped(whole, b, 1);
  return whole;
}

/** The pixels of `a` that `b` does not have; `a`'s own bytes are changed. */
export function without(a: Crop, b: Crop): Crop {
  stamped(a, b, 0);
  return a;
}
