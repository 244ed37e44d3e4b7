import type { Box } from "../geometry/boxes";
import type { Ring, Rings } from "../geometry/polygons";
import { simplifyRings } from "../geometry/simplify";
import { type Converted, maskToRings, ringsToMask, simplified } from "./convert";
import { type Coverage, coverageOf } from "./coverage";
import { type Crop, cropOfRuns, type MaskSize, runsOfCrop, united, without } from "./crop";
import { type Rle, rleOf, runsOf } from "./rle";
import { traceCrop } from "./trace";

/** What is done with masks off the main thread; each answer is a message, so nothing here is a class. */
export type Job =
  | { readonly type: "look"; readonly rle: Rle; readonly colour: Colour }
  | { readonly type: "join"; readonly base: Rle | null; readonly stroke: Crop; readonly how: Joining }
  | { readonly type: "trace"; readonly rle: Rle; readonly tolerance: number }
  | { readonly type: "fill"; readonly rings: Rings; readonly size: MaskSize }
  | {
      readonly type: "simplify";
      readonly rings: Rings;
      readonly tolerance: number;
      readonly size: MaskSize;
    };

export type Colour = readonly [number, number, number];

export interface Joining {
  readonly size: MaskSize;
  readonly erase: boolean;
  readonly colour: Colour;
}

/** All that drawing and hit testing need of a mask. */
export interface MaskLook {
  readonly box: Box;
  readonly coverage: Coverage;
  /** Its borders, a little simplified; null for a mask of so many specks that they would hide it. */
  readonly outline: Rings | null;
  readonly pixels: Tinted;
}

/** The box filled with the colour where the mask is, at a half or a quarter where it is large. */
export interface Tinted {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface Joined {
  /** Null when nothing is left of it. */
  readonly rle: Rle | null;
  readonly look: MaskLook | null;
}

export interface Answers {
  look: MaskLook | null;
  join: Joined;
  trace: Converted<Rings>;
  fill: Converted<Rle | null>;
  simplify: Converted<Rings>;
}

/** A 4K mask in full takes 33 MB of bitmap; a quarter of that looks the same, since its border is drawn as a line. */
const MOST_PIXELS = 2 ** 22;
/** A border of more corners than this is noise, and drawing it would take longer than all else. */
const MOST_CORNERS = 60_000;
const OUTLINE_TOLERANCE_PX = 0.75;

function tintedOf(crop: Crop, [red, green, blue]: Colour): Tinted {
  let step = 1;
  while ((crop.width * crop.height) / (step * step) > MOST_PIXELS) step *= 2;
  const [width, height] = [Math.ceil(crop.width / step), Math.ceil(crop.height / step)];
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 4) {
      if (crop.bits[y * step * crop.width + x * step] === 0) continue;
      rgba[at] = red;
      rgba[at + 1] = green;
      rgba[at + 2] = blue;
      rgba[at + 3] = 255;
    }
  }
  return { width, height, rgba };
}

function outlineOf(crop: Crop): Rings | null {
  const rings = traceCrop(crop, MOST_CORNERS);
  return rings === null ? null : simplifyRings(rings, OUTLINE_TOLERANCE_PX).map((ring): Ring => ring);
}

function lookAt(rle: Rle, colour: Colour): MaskLook | null {
  const runs = runsOf(rle);
  const crop = cropOfRuns(runs, rle.size);
  if (crop.width === 0) return null;
  return {
    box: [crop.x, crop.y, crop.x + crop.width, crop.y + crop.height],
    coverage: coverageOf(runs, rle.size),
    outline: outlineOf(crop),
    pixels: tintedOf(crop, colour),
  };
}

function join(base: Rle | null, stroke: Crop, { size, erase, colour }: Joining): Joined {
  const under = base === null ? null : cropOfRuns(runsOf(base), size);
  if (under === null && erase) return { rle: null, look: null };
  const crop = under === null ? stroke : erase ? without(under, stroke) : united(under, stroke);
  if (!crop.bits.includes(1)) return { rle: null, look: null };
  const rle = rleOf(runsOfCrop(crop, size), size);
  return { rle, look: lookAt(rle, colour) };
}

export function runJob<K extends Job["type"]>(job: Extract<Job, { type: K }>): Answers[K];
export function runJob(job: Job): Answers[Job["type"]] {
  if (job.type === "look") return lookAt(job.rle, job.colour);
  if (job.type === "join") return join(job.base, job.stroke, job.how);
  if (job.type === "trace") return maskToRings(job.rle, job.tolerance);
  if (job.type === "simplify") return simplified(job.rings, job.tolerance, job.size);
  return ringsToMask(job.rings, job.size);
}

/** The buffers of an answer that are handed over instead of copied. */
export function buffersOf(answer: Answers[Job["type"]]): ArrayBuffer[] {
  const look = answer !== null && "look" in answer ? answer.look : answer;
  if (look === null || !("pixels" in look)) return [];
  return [look.pixels.rgba.buffer, look.coverage.ends.buffer as ArrayBuffer];
}
