import type { Shape } from "@/canvas/shape";
import type { Viewport } from "@/canvas/viewport";
import { type Geometry, readGeometry } from "@/document/geometry";
import type { Conflict } from "@/document/merge";
import type { Box, Size } from "@/geometry/boxes";
import type { Rings } from "@/geometry/polygons";
import { cropOfRuns } from "@/masks/crop";
import { runsOf } from "@/masks/rle";
import { traceCrop } from "@/masks/trace";

/** The three sides as they are drawn; the legend of the dialog draws the same lines. */
export const SIDES = {
  mine: { dash: [], colour: "#4cc9a0" },
  theirs: { dash: [8, 4], colour: "#ffb454" },
  original: { dash: [2, 3], colour: "#ffffff" },
} as const;
export type Side = keyof typeof SIDES;

/** How much of the surroundings is shown, as a share of the boxes' size. */
const MARGIN = 0.35;
/** A mask with more corners is drawn as the box around it: on so few pixels nobody would tell them apart. */
const MOST_CORNERS = 20_000;

function borderOf({ rings, rle }: Geometry): Rings | null {
  if (rings !== null || rle === null) return rings;
  try {
    return traceCrop(cropOfRuns(runsOf(rle), rle.size), MOST_CORNERS);
  } catch {
    return null;
  }
}

/** What each side has of a region, as the canvas draws outlines; the original first, mine above the others. */
export function shapesOf({ mine, theirs, base }: Conflict): [Side, Shape][] {
  const sides = [
    ["original", base],
    ["theirs", theirs],
    ["mine", mine],
  ] as const;
  return sides.flatMap(([side, object]): [Side, Shape][] => {
    if (object === null) return [];
    const geometry = readGeometry(object);
    const { bbox } = geometry;
    if (bbox === null) return [];
    const { colour } = SIDES[side];
    const look = { id: side, bbox, colour, label: "", style: "solid", mark: null, calm: false } as const;
    const rings = borderOf(geometry);
    return [[side, rings === null ? look : { ...look, kind: "polygon", rings }]];
  });
}

/** The part of the picture that holds all boxes, in the shape of the canvas. */
export function viewOf(boxes: readonly Box[], picture: Size, canvas: Size): Viewport {
  const left = Math.min(...boxes.map((box) => box[0]));
  const top = Math.min(...boxes.map((box) => box[1]));
  const right = Math.max(...boxes.map((box) => box[2]));
  const bottom = Math.max(...boxes.map((box) => box[3]));
  const wide = Math.max(right - left, 8) * (1 + 2 * MARGIN);
  const high = Math.max(bottom - top, 8) * (1 + 2 * MARGIN);
  const scale = Math.min(canvas.width / wide, canvas.height / high, (8 * canvas.width) / picture.width);
  return {
    scale,
    x: canvas.width / 2 - ((left + right) / 2) * scale,
    y: canvas.height / 2 - ((top + bottom) / 2) * scale,
  };
}
