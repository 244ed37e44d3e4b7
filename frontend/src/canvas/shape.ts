import type { Box } from "../geometry/boxes";
import { type Rings, ringsArea } from "../geometry/polygons";
import type { Rle } from "../masks/rle";

/** Confidence is line style, class is hue. */
export type LineStyle = "solid" | "dash" | "dot";
export type Mark = "tick" | "notch" | "question" | "warning" | null;

/** What the canvas draws of one region; the canvas knows nothing of predictions or classes. */
interface ShapeLook {
  readonly id: string;
  /** Around all of it: culling and the index go by it. */
  readonly bbox: Box;
  readonly colour: string;
  readonly label: string;
  readonly style: LineStyle;
  readonly mark: Mark;
  /** Settled shapes are drawn without a fill, so that the eye goes to the others. */
  readonly calm: boolean;
}

export interface BoxShape extends ShapeLook {
  readonly kind?: "box";
}

export interface PolygonShape extends ShapeLook {
  readonly kind: "polygon";
  readonly rings: Rings;
}

/** `bbox` is `maskBox(rle)`. */
export interface MaskShape extends ShapeLook {
  readonly kind: "mask";
  readonly rle: Rle;
}

export type Shape = BoxShape | PolygonShape | MaskShape;

export type LabelMode = "all" | "selected" | "none";

/** About how many boxes would take as long to draw: decides when a copy is cheaper than drawing anew. */
export function paintCost(shape: Shape): number {
  if (shape.kind === "mask") return 20;
  if (shape.kind !== "polygon") return 1;
  return 1 + (shape.rings[0]?.length ?? 0) / 16;
}

/** Pixels that a box or polygon covers; masks know their own. */
export function outlineArea(shape: BoxShape | PolygonShape): number {
  if (shape.kind === "polygon") return ringsArea(shape.rings);
  return Math.max(0, shape.bbox[2] - shape.bbox[0]) * Math.max(0, shape.bbox[3] - shape.bbox[1]);
}
