import type { Box, Size } from "../geometry/boxes";
import { boxCentre, boxHeight, boxWidth } from "../geometry/boxes";
import { type ImagePoint, imagePoint, type ScreenPoint, screenPoint } from "../geometry/points";

/** screen = image × scale + offset, in CSS pixels. */
export interface Viewport {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export const MAX_SCALE = 40;
const FIT_MARGIN_PX = 24;
/** One may zoom out to a quarter of the fitted size, not until the image is lost. */
const MIN_SCALE_OF_FIT = 0.25;

export function toScreen(view: Viewport, x: number, y: number): ScreenPoint {
  return screenPoint(x * view.scale + view.x, y * view.scale + view.y);
}

export function toImage(view: Viewport, point: ScreenPoint): ImagePoint {
  return imagePoint((point.x - view.x) / view.scale, (point.y - view.y) / view.scale);
}

export function boxToScreen(view: Viewport, box: Box): Box {
  return [
    box[0] * view.scale + view.x,
    box[1] * view.scale + view.y,
    box[2] * view.scale + view.x,
    box[3] * view.scale + view.y,
  ];
}

/** The part of the image plane that the canvas shows. */
export function visibleBox(view: Viewport, canvas: Size): Box {
  return [
    -view.x / view.scale,
    -view.y / view.scale,
    (canvas.width - view.x) / view.scale,
    (canvas.height - view.y) / view.scale,
  ];
}

export function fitScale(image: Size, canvas: Size): number {
  const width = Math.max(1, canvas.width - 2 * FIT_MARGIN_PX);
  const height = Math.max(1, canvas.height - 2 * FIT_MARGIN_PX);
  return Math.min(width / image.width, height / image.height, MAX_SCALE);
}

export function fitView(image: Size, canvas: Size): Viewport {
  const scale = fitScale(image, canvas);
  return {
    scale,
    x: (canvas.width - image.width * scale) / 2,
    y: (canvas.height - image.height * scale) / 2,
  };
}

export function clampScale(scale: number, image: Size, canvas: Size): number {
  const lowest = fitScale(image, canvas) * MIN_SCALE_OF_FIT;
  return Math.min(Math.max(scale, lowest), MAX_SCALE);
}

/** Zooms by a factor; the image point under `at` stays under it. */
export function zoomAt(view: Viewport, at: ScreenPoint, factor: number, image: Size, canvas: Size): Viewport {
  const scale = clampScale(view.scale * factor, image, canvas);
  const ratio = scale / view.scale;
  return keepInSight(
    { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio },
    image,
    canvas,
  );
}

export function panBy(view: Viewport, dx: number, dy: number, image: Size, canvas: Size): Viewport {
  return keepInSight({ scale: view.scale, x: view.x + dx, y: view.y + dy }, image, canvas);
}

/** At least 40 px of the image always stay on the canvas. */
export function keepInSight(view: Viewport, image: Size, canvas: Size): Viewport {
  const keep = 40;
  const x = Math.min(Math.max(view.x, keep - image.width * view.scale), canvas.width - keep);
  const y = Math.min(Math.max(view.y, keep - image.height * view.scale), canvas.height - keep);
  return { scale: view.scale, x, y };
}

/** Centres the box, at a scale where it fills about two fifths of the canvas. */
export function viewOfBox(box: Box, image: Size, canvas: Size): Viewport {
  const wanted = Math.min(
    (canvas.width * 0.4) / Math.max(boxWidth(box), 1),
    (canvas.height * 0.4) / Math.max(boxHeight(box), 1),
    8,
  );
  return centred(box, clampScale(Math.max(wanted, fitScale(image, canvas)), image, canvas), image, canvas);
}

/** True when the box must be brought into view: partly off the canvas, or smaller than 24 px on both sides. */
export function needsReveal(view: Viewport, box: Box, canvas: Size): boolean {
  const seen = boxToScreen(view, box);
  if (Math.max(boxWidth(seen), boxHeight(seen)) < 24) return true;
  const wide = boxWidth(seen) > canvas.width;
  const tall = boxHeight(seen) > canvas.height;
  const offX = wide ? seen[2] < 0 || seen[0] > canvas.width : seen[0] < -1 || seen[2] > canvas.width + 1;
  const offY = tall ? seen[3] < 0 || seen[1] > canvas.height : seen[1] < -1 || seen[3] > canvas.height + 1;
  return offX || offY;
}

/** A box too small to judge is brought to about this size on the screen. */
const READABLE_PX = 110;

/** The offset that brings `centre` to the middle, but shows no more emptiness beside the image than a fitted one has. */
function offsetFor(centre: number, length: number, scale: number, room: number): number {
  const free = room - length * scale;
  if (free >= 0) return free / 2;
  return Math.min(Math.max(room / 2 - centre * scale, free - FIT_MARGIN_PX), FIT_MARGIN_PX);
}

function centred(box: Box, scale: number, image: Size, canvas: Size): Viewport {
  const centre = boxCentre(box);
  return {
    scale,
    x: offsetFor(centre.x, image.width, scale, canvas.width),
    y: offsetFor(centre.y, image.height, scale, canvas.height),
  };
}

/**
 * The smallest move of the camera that shows the box: none if it is seen well; back to the fitted image if the camera
 * had left it by itself; along, at the scale that a person chose; and closer only for a box under 24 px.
 */
export function revealView(
  view: Viewport,
  box: Box,
  image: Size,
  canvas: Size,
  chosen: boolean,
): Viewport | null {
  if (!needsReveal(view, box, canvas)) return null;
  const fitted = fitView(image, canvas);
  if (!chosen && !needsReveal(fitted, box, canvas)) return fitted;
  const side = Math.max(boxWidth(box), boxHeight(box));
  const fits = boxWidth(box) * view.scale <= canvas.width && boxHeight(box) * view.scale <= canvas.height;
  if (chosen && fits && side * view.scale >= 24) return centred(box, view.scale, image, canvas);
  if (side * fitted.scale >= 24) return chosen ? viewOfBox(box, image, canvas) : fitted;
  return centred(box, clampScale(Math.min(READABLE_PX / side, 8), image, canvas), image, canvas);
}

/** Between two views, with t in [0, 1]; the scale moves geometrically so that the zoom looks even. */
export function mixViews(from: Viewport, to: Viewport, t: number): Viewport {
  if (t >= 1) return to;
  const scale = from.scale * (to.scale / from.scale) ** t;
  const share = to.scale === from.scale ? t : (scale - from.scale) / (to.scale - from.scale);
  return { scale, x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}
