import { type Box, containsPoint, type Handle } from "../geometry/boxes";
import type { ScreenPoint } from "../geometry/points";
import { insideRings, nearestEdge, nearestVertex, type RingPlace } from "../geometry/polygons";
import { covers } from "../masks/coverage";
import { HANDLE_SIZE_PX, handlePoints } from "./handles";
import type { Looks } from "./paths";
import { type MaskShape, outlineArea, type Shape } from "./shape";
import type { ShapeIndex } from "./shapeIndex";
import { boxToScreen, toImage, type Viewport } from "./viewport";

export const MOUSE_TOLERANCE_PX = 4;
export const TOUCH_TOLERANCE_PX = 10;

export type Hit =
  | { readonly kind: "handle"; readonly id: string; readonly handle: Handle }
  | { readonly kind: "vertex"; readonly id: string; readonly place: RingPlace }
  /** `place` is the segment that was hit, of a polygon. */
  | { readonly kind: "edge"; readonly id: string; readonly place?: RingPlace }
  | { readonly kind: "body"; readonly id: string };

export interface HitQuery {
  readonly at: ScreenPoint;
  readonly view: Viewport;
  readonly index: ShapeIndex;
  readonly selectedId: string | null;
  readonly tolerance: number;
  /** What is known of masks; one that is not decoded yet is neither seen nor hit. */
  readonly looks?: Looks;
}

function edgeDistance(box: Box, x: number, y: number): number {
  const dx = Math.max(box[0] - x, 0, x - box[2]);
  const dy = Math.max(box[1] - y, 0, y - box[3]);
  if (dx > 0 || dy > 0) return Math.hypot(dx, dy);
  return Math.min(x - box[0], box[2] - x, y - box[1], box[3] - y);
}

/** A handle of the selected box, or a vertex of the selected polygon. */
function hitGrip(query: HitQuery): Hit | null {
  const selected = query.index.get(query.selectedId);
  if (selected === null || selected.kind === "mask") return null;
  const reach = HANDLE_SIZE_PX / 2 + query.tolerance / 2;
  if (selected.kind === "polygon") {
    const point = toImage(query.view, query.at);
    const near = nearestVertex(selected.rings, point.x, point.y);
    if (near === null || near.far * query.view.scale > reach) return null;
    return { kind: "vertex", id: selected.id, place: { ring: near.ring, vertex: near.vertex } };
  }
  let best: { handle: Handle; far: number } | null = null;
  for (const { handle, at } of handlePoints(boxToScreen(query.view, selected.bbox))) {
    const far = Math.max(Math.abs(at.x - query.at.x), Math.abs(at.y - query.at.y));
    if (far <= reach && (best === null || far < best.far)) best = { handle, far };
  }
  return best === null ? null : { kind: "handle", id: selected.id, handle: best.handle };
}

/** How a shape is met at a point: how far its border is, whether the point lies in it, and how large it is. */
interface Meeting {
  readonly shape: Shape;
  readonly far: number;
  readonly inside: boolean;
  readonly area: number;
  readonly place?: RingPlace;
}

/** A mask has no lines to measure to: its border is near where some of the points around are on it and some are not. */
function meetMask(shape: MaskShape, x: number, y: number, tolerance: number, looks?: Looks): Meeting | null {
  const art = looks?.(shape) ?? null;
  if (art === null) return null;
  const inside = covers(art.coverage, x, y);
  let near = 0;
  for (let turn = 0; turn < 8; turn += 1) {
    const angle = (turn * Math.PI) / 4;
    if (covers(art.coverage, x + tolerance * Math.cos(angle), y + tolerance * Math.sin(angle))) near += 1;
  }
  const onBorder = near > 0 && !(inside && near === 8);
  return { shape, far: onBorder ? tolerance : Infinity, inside, area: art.coverage.area };
}

function meet(shape: Shape, x: number, y: number, tolerance: number, looks?: Looks): Meeting | null {
  if (shape.kind === "mask") return meetMask(shape, x, y, tolerance, looks);
  const area = outlineArea(shape);
  if (shape.kind === "polygon") {
    const edge = nearestEdge(shape.rings, x, y);
    if (edge === null) return null;
    const place = { ring: edge.ring, vertex: edge.vertex };
    return { shape, far: edge.far, inside: insideRings(shape.rings, x, y), area, place };
  }
  return { shape, far: edgeDistance(shape.bbox, x, y), inside: containsPoint(shape.bbox, x, y), area };
}

/** All shapes under the point: those hit on an edge first (nearest edge first), then by area, smallest first. */
export function hitStack(query: HitQuery): Hit[] {
  const point = toImage(query.view, query.at);
  const tolerance = query.tolerance / query.view.scale;
  const edges: Meeting[] = [];
  const bodies: Meeting[] = [];
  for (const shape of query.index.near(point.x, point.y, tolerance)) {
    const met = meet(shape, point.x, point.y, tolerance, query.looks);
    if (met !== null && met.far <= tolerance) edges.push(met);
    else if (met?.inside) bodies.push(met);
  }
  edges.sort((a, b) => a.far - b.far || a.area - b.area);
  bodies.sort((a, b) => a.area - b.area);
  return [
    ...edges.map(
      ({ shape: { id }, place }): Hit =>
        place === undefined ? { kind: "edge", id } : { kind: "edge", id, place },
    ),
    ...bodies.map(({ shape }): Hit => ({ kind: "body", id: shape.id })),
  ];
}

/** What is under the point: handles and vertices of the selection, then edges, then the smallest shape that contains it. */
export function hitTest(query: HitQuery): Hit | null {
  return hitGrip(query) ?? hitStack(query)[0] ?? null;
}

/** The shape after the selected one in the stack under the point: Alt+click walks through overlaps. */
export function hitNext(query: HitQuery): Hit | null {
  const stack = hitStack(query);
  const position = stack.findIndex((hit) => hit.id === query.selectedId);
  return stack[(position + 1) % Math.max(stack.length, 1)] ?? null;
}
