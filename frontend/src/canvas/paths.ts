import { type Box, boxHeight, boxWidth } from "../geometry/boxes";
import { oriented, type Ring } from "../geometry/polygons";
import type { MaskArt } from "./maskStore";
import type { MaskShape, Shape } from "./shape";
import { boxToScreen, type Viewport } from "./viewport";

/** Finds what is known of a mask; null while it is decoded. */
export type Looks = (shape: MaskShape) => MaskArt | null;

/** A polygon that is smaller than this on the screen is drawn as its box. */
const TINY_PX = 3;

export function snapped(box: Box): Box {
  return [Math.round(box[0]), Math.round(box[1]), Math.round(box[2]), Math.round(box[3])];
}

function addRect(context: CanvasRenderingContext2D, box: Box): void {
  context.rect(box[0], box[1], box[2] - box[0], box[3] - box[1]);
}

/** Vertices that fall on the pixel of the one before are left out: at a distance nobody sees them. */
function addRing(context: CanvasRenderingContext2D, view: Viewport, ring: Ring): void {
  let lastX = (ring[0] ?? 0) * view.scale + view.x;
  let lastY = (ring[1] ?? 0) * view.scale + view.y;
  context.moveTo(lastX, lastY);
  for (let n = 2; n < ring.length; n += 2) {
    const x = (ring[n] ?? 0) * view.scale + view.x;
    const y = (ring[n + 1] ?? 0) * view.scale + view.y;
    if (Math.abs(x - lastX) < 1 && Math.abs(y - lastY) < 1) continue;
    context.lineTo(x, y);
    [lastX, lastY] = [x, y];
  }
  context.closePath();
}

/** Adds the shape's border to the path: of a mask its outline, where it has one. */
export function addOutline(
  context: CanvasRenderingContext2D,
  view: Viewport,
  shape: Shape,
  looks: Looks,
): void {
  const seen = boxToScreen(view, shape.bbox);
  if (shape.kind !== "polygon" && shape.kind !== "mask") {
    addRect(context, snapped(seen));
    return;
  }
  if (boxWidth(seen) < TINY_PX && boxHeight(seen) < TINY_PX) {
    addRect(context, seen);
    return;
  }
  const rings = shape.kind === "polygon" ? oriented(shape.rings) : (looks(shape)?.outline ?? []);
  for (const ring of rings) addRing(context, view, ring);
}

const MASK_ALPHA = { calm: 0.22, loud: 0.42 };

/** The covered pixels, tinted; beyond 3:1 as squares, as those of the picture are. */
export function paintMask(
  context: CanvasRenderingContext2D,
  view: Viewport,
  shape: MaskShape,
  art: MaskArt | null,
): void {
  if (art === null) return;
  const seen = boxToScreen(view, art.box);
  context.globalAlpha = shape.calm ? MASK_ALPHA.calm : MASK_ALPHA.loud;
  context.imageSmoothingEnabled = view.scale < 3;
  context.drawImage(art.bitmap, seen[0], seen[1], boxWidth(seen), boxHeight(seen));
  context.globalAlpha = 1;
}
