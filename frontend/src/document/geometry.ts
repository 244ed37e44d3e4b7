import { type Box, iou, type Size, sameBox } from "../geometry/boxes";
import { type Rings, ringsBox, sameRings } from "../geometry/polygons";
import { maskBox, runsOfCrop } from "../masks/crop";
import { fillRings } from "../masks/fill";
import { type Rle, type Runs, runsOf } from "../masks/rle";
import { runsIou } from "../masks/runsIou";

export type RegionKind = "bbox" | "class" | "polygon" | "mask";

/** What a region covers: a box, rings or pixels; nothing where the class is for the whole picture. */
export interface Geometry {
  readonly kind: RegionKind;
  /** Around all of it, whatever its kind; null for a whole picture. */
  readonly bbox: Box | null;
  readonly rings: Rings | null;
  readonly rle: Rle | null;
}

/** As the server stores it: one of the three, or none. A polygon comes back with the mask that it fills. */
export interface StoredGeometry {
  readonly bbox?: readonly [number, number, number, number];
  readonly polygon?: Rings;
  readonly rle?: Rle;
}

export const WHOLE_PICTURE: Geometry = { kind: "class", bbox: null, rings: null, rle: null };

export function boxGeometry(bbox: Box): Geometry {
  return { kind: "bbox", bbox, rings: null, rle: null };
}

export function polygonGeometry(rings: Rings): Geometry {
  return { kind: "polygon", bbox: ringsBox(rings), rings, rle: null };
}

export function maskGeometry(rle: Rle): Geometry {
  return { kind: "mask", bbox: maskBox(rle), rings: null, rle };
}

/** Of a region or guess, without all else that it says. */
export function geometryOf({ kind, bbox, rings, rle }: Geometry): Geometry {
  return { kind, bbox, rings, rle };
}

export function readGeometry({ bbox, polygon, rle }: StoredGeometry): Geometry {
  if (bbox !== undefined) return boxGeometry([...bbox]);
  if (polygon !== undefined) return polygonGeometry(polygon);
  return rle === undefined ? WHOLE_PICTURE : maskGeometry(rle);
}

/** What is sent of it: of a polygon its rings alone, since the server fills them itself. */
export function writeGeometry({ kind, bbox, rings, rle }: Geometry): StoredGeometry {
  if (kind === "bbox" && bbox !== null) return { bbox: [...bbox] };
  if (kind === "polygon" && rings !== null) return { polygon: rings };
  return kind === "mask" && rle !== null ? { rle } : {};
}

/** True for what lies over and under others; boxes and classes have no such order. */
export function isArea({ kind }: Geometry): boolean {
  return kind === "polygon" || kind === "mask";
}

export function sameGeometry(a: Geometry, b: Geometry): boolean {
  if (a.kind !== b.kind) return false;
  if (a.rings !== null && b.rings !== null) return sameRings(a.rings, b.rings);
  if (a.rle !== null && b.rle !== null) return a.rle.counts === b.rle.counts;
  return sameBox(a.bbox, b.bbox);
}

function runsIn(geometry: Geometry, { width, height }: Size): Runs | null {
  const size = [height, width] as const;
  try {
    if (geometry.rle !== null) return runsOf(geometry.rle);
    return geometry.rings === null ? null : runsOfCrop(fillRings(geometry.rings, size), size);
  } catch {
    return null;
  }
}

/** The last answer for each outline: lists of changes ask again and again about the same ones. */
const known = new WeakMap<object, { readonly other: object; readonly iou: number | null }>();

/** Intersection over union in [0, 1] of what both cover; null where there is nothing to compare. */
export function overlap(a: Geometry, b: Geometry, size: Size): number | null {
  if (a.kind === "bbox" && b.kind === "bbox" && a.bbox !== null && b.bbox !== null)
    return iou(a.bbox, b.bbox);
  const [mine, other] = [a.rle ?? a.rings, b.rle ?? b.rings];
  if (mine === null || other === null) return null;
  const last = known.get(mine);
  if (last?.other === other) return last.iou;
  const [ours, theirs] = [runsIn(a, size), runsIn(b, size)];
  const found = ours === null || theirs === null ? null : runsIou(ours, theirs);
  known.set(mine, { other, iou: found });
  return found;
}
