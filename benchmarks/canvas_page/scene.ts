import type { Picture } from "../../frontend/src/canvas/paintImage";
import type { LineStyle, Shape } from "../../frontend/src/canvas/shape";
import type { Size } from "../../frontend/src/geometry/boxes";
import { levelsOf } from "../../frontend/src/features/review/session/pictureJob";
import { PALETTE } from "../../frontend/src/lib/palette";

export const PICTURE: Size = { width: 3840, height: 2160 };
export const VIEWPORT: Size = { width: 1600, height: 1000 };

export interface Scene {
  readonly picture: Picture;
  readonly shapes: readonly Shape[];
  /** The box that is dragged: in the middle, whatever the count. */
  readonly dragged: string;
}

const NAMES = ["car", "truck", "pedestrian", "traffic light", "traffic sign", "bicycle"];
const STYLES: readonly LineStyle[] = ["solid", "solid", "dash", "dot"];

/** The same numbers each time. Source: mulberry32. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function ringAround(cx: number, cy: number, radius: number, next: () => number): number[] {
  const ring: number[] = [];
  for (let n = 0; n < 20; n += 1) {
    const [turn, far] = [(n / 20) * 2 * Math.PI, radius * (0.7 + 0.3 * next())];
    ring.push(cx + far * Math.cos(turn), cy + far * Math.sin(turn));
  }
  return ring;
}

function shapeAt(n: number, count: number, polygons: boolean, next: () => number): Shape {
  const middle = n === 0;
  const side = middle ? 160 : 16 + next() * 1600 * Math.min(1 / Math.sqrt(count), 0.12);
  const cx = middle ? PICTURE.width / 2 : side / 2 + next() * (PICTURE.width - side);
  const cy = middle ? PICTURE.height / 2 : side / 2 + next() * (PICTURE.height - side);
  const kind = Math.floor(next() * NAMES.length);
  const style = STYLES[Math.floor(next() * STYLES.length)] ?? "solid";
  const score = Math.floor(next() * 100);
  const look = {
    id: `s${n}`,
    bbox: [cx - side / 2, cy - side / 2, cx + side / 2, cy + side / 2] as const,
    colour: PALETTE[kind] ?? PALETTE[0],
    label: `${NAMES[kind]} ${score} %`,
    style,
    mark: style === "dot" ? ("question" as const) : null,
    calm: style === "solid",
  };
  return polygons ? { ...look, kind: "polygon", rings: [ringAround(cx, cy, side / 2, next)] } : look;
}

export function makeShapes(count: number, polygons: boolean): Shape[] {
  const next = numbers(count);
  return Array.from({ length: count }, (_, n) => shapeAt(n, count, polygons, next));
}

/** A picture with something on every pixel, so that scaling it costs what a photograph costs. */
export async function makePicture(): Promise<Picture> {
  const { width, height } = PICTURE;
  const pixels = new ImageData(width, height);
  const next = numbers(1);
  for (let at = 0, n = 0; at < pixels.data.length; at += 4, n += 1) {
    const [x, y] = [n % width, Math.floor(n / width)];
    pixels.data[at] = (x / width) * 160 + next() * 60;
    pixels.data[at + 1] = (y / height) * 160 + next() * 60;
    pixels.data[at + 2] = 90 + 60 * Math.sin(x / 90) * Math.cos(y / 70);
    pixels.data[at + 3] = 255;
  }
  const source = await createImageBitmap(pixels);
  const levels = await levelsOf(source);
  return { source, levels, width, height, preview: false };
}
