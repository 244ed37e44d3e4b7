import type { Size } from "../geometry/boxes";
import { nearestEdge, nearestVertex, type Rings } from "../geometry/polygons";
import type { Shape } from "./shape";
import type { ShapeIndex } from "./shapeIndex";

export interface Snap {
  readonly x: number;
  readonly y: number;
  readonly to: "vertex" | "edge" | "border";
}

export const SNAP_PX = 8;

function bordersOf(shape: Shape): Rings {
  if (shape.kind === "polygon") return shape.rings;
  if (shape.kind === "mask") return [];
  const [x1, y1, x2, y2] = shape.bbox;
  return [[x1, y1, x2, y1, x2, y2, x1, y2]];
}

/** The value at the nearer end of [0, limit] if it lies within `reach`, else itself. */
function toBorder(value: number, limit: number, reach: number): number {
  if (Math.abs(value) <= reach) return 0;
  return Math.abs(value - limit) <= reach ? limit : value;
}

/**
 * Where a vertex near (x, y) is drawn to: a vertex of another shape, else its edge, else the picture's border; null
 * where none is within `reach` image pixels.
 */
export function snapPoint(
  index: ShapeIndex,
  image: Size,
  { x, y }: { readonly x: number; readonly y: number },
  reach: number,
  except: string | null = null,
): Snap | null {
  let vertex: (Snap & { far: number }) | null = null;
  let edge: (Snap & { far: number }) | null = null;
  for (const shape of index.near(x, y, reach)) {
    if (shape.id === except) continue;
    const rings = bordersOf(shape);
    const corner = nearestVertex(rings, x, y);
    if (corner !== null && corner.far <= reach && corner.far < (vertex?.far ?? Infinity))
      vertex = { x: corner.x, y: corner.y, far: corner.far, to: "vertex" };
    const side = nearestEdge(rings, x, y);
    if (side !== null && side.far <= reach && side.far < (edge?.far ?? Infinity))
      edge = { x: side.x, y: side.y, far: side.far, to: "edge" };
  }
  const found = vertex ?? edge;
  if (found !== null) return { x: found.x, y: found.y, to: found.to };
  const [bx, by] = [toBorder(x, image.width, reach), toBorder(y, image.height, reach)];
  return bx === x && by === y ? null : { x: bx, y: by, to: "border" };
}
