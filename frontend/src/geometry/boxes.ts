import type { ImagePoint } from "./points";

/** Half-open box [x1, y1, x2, y2] in pixels of the upright image, x1 < x2 and y1 < y2. */
export type Box = readonly [number, number, number, number];

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Handle = "nw" | "n" | "ne" | "e" | "se" | "s" | "sw" | "w";
export const HANDLES: readonly Handle[] = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

/** Which part of a box the arrow keys move. */
export type MovedPart = "box" | "right-bottom" | "left-top";

export const MIN_SIDE_PX = 1;

export function boxWidth(box: Box): number {
  return box[2] - box[0];
}

export function boxHeight(box: Box): number {
  return box[3] - box[1];
}

export function boxArea(box: Box): number {
  return Math.max(0, boxWidth(box)) * Math.max(0, boxHeight(box));
}

export function boxCentre(box: Box): { x: number; y: number } {
  return { x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 };
}

export function sameBox(a: Box | null, b: Box | null): boolean {
  if (a === null || b === null) return a === b;
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
}

export function containsPoint(box: Box, x: number, y: number): boolean {
  return x >= box[0] && x < box[2] && y >= box[1] && y < box[3];
}

export function intersects(a: Box, b: Box): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

/** Intersection over union, in [0, 1]; 0 when both boxes are empty. */
export function iou(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (boxArea(a) + boxArea(b) - shared);
}

export function boxFromPoints(a: ImagePoint, b: ImagePoint): Box {
  return [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)];
}

function clampSpan(low: number, high: number, limit: number): [number, number] {
  const start = Math.min(Math.max(low, 0), Math.max(0, limit - MIN_SIDE_PX));
  const end = Math.max(Math.min(high, limit), Math.min(start + MIN_SIDE_PX, limit));
  return [start, end];
}

/** The part of the box that lies in the image, never thinner than one pixel. */
export function clampBox(box: Box, size: Size): Box {
  const [x1, x2] = clampSpan(box[0], box[2], size.width);
  const [y1, y2] = clampSpan(box[1], box[3], size.height);
  return [x1, y1, x2, y2];
}

/** The box moved by (dx, dy), stopped at the image's border with its size kept. */
export function moveBox(box: Box, dx: number, dy: number, size: Size): Box {
  const mx = Math.min(Math.max(dx, -box[0]), size.width - box[2]);
  const my = Math.min(Math.max(dy, -box[1]), size.height - box[3]);
  return [box[0] + mx, box[1] + my, box[2] + mx, box[3] + my];
}

function resizeSpan(
  low: number,
  high: number,
  moved: "low" | "high" | "none",
  to: number,
  limit: number,
): [number, number] {
  if (moved === "none") return [low, high];
  const fixed = moved === "low" ? high : low;
  const clamped = Math.min(Math.max(to, 0), limit);
  const [a, b] = clamped < fixed ? [clamped, fixed] : [fixed, clamped];
  if (b - a >= MIN_SIDE_PX) return [a, b];
  return clampSpan(
    moved === "low" ? fixed - MIN_SIDE_PX : fixed,
    moved === "low" ? fixed : fixed + MIN_SIDE_PX,
    limit,
  );
}

/** The box with one handle dragged to `to`; dragging past the opposite side flips the box instead of breaking it. */
export function resizeBox(box: Box, handle: Handle, to: { x: number; y: number }, size: Size): Box {
  const horizontal = handle.includes("w") ? "low" : handle.includes("e") ? "high" : "none";
  const vertical = handle.includes("n") ? "low" : handle.includes("s") ? "high" : "none";
  const [x1, x2] = resizeSpan(box[0], box[2], horizontal, to.x, size.width);
  const [y1, y2] = resizeSpan(box[1], box[3], vertical, to.y, size.height);
  return [x1, y1, x2, y2];
}

/** The box nudged by the arrow keys: all of it, or only its right/bottom or left/top sides. */
export function nudgeBox(box: Box, part: MovedPart, dx: number, dy: number, size: Size): Box {
  if (part === "box") return moveBox(box, dx, dy, size);
  if (part === "right-bottom") {
    const x2 = Math.min(Math.max(box[2] + dx, box[0] + MIN_SIDE_PX), size.width);
    const y2 = Math.min(Math.max(box[3] + dy, box[1] + MIN_SIDE_PX), size.height);
    return [box[0], box[1], x2, y2];
  }
  const x1 = Math.max(Math.min(box[0] + dx, box[2] - MIN_SIDE_PX), 0);
  const y1 = Math.max(Math.min(box[1] + dy, box[3] - MIN_SIDE_PX), 0);
  return [x1, y1, box[2], box[3]];
}

/** Coordinates rounded to a hundredth of a pixel: finer is noise of the mouse, and makes documents long. */
export function roundBox(box: Box): Box {
  const round = (value: number) => Math.round(value * 100) / 100;
  return [round(box[0]), round(box[1]), round(box[2]), round(box[3])];
}
