import { type Box, boxArea, containsPoint, type Handle } from "../geometry/boxes";
import type { ScreenPoint } from "../geometry/points";
import { HANDLE_SIZE_PX, handlePoints } from "./handles";
import type { Shape } from "./shape";
import type { ShapeIndex } from "./shapeIndex";
import { boxToScreen, toImage, type Viewport } from "./viewport";

export const MOUSE_TOLERANCE_PX = 4;
export const TOUCH_TOLERANCE_PX = 10;

export type Hit =
  | { readonly kind: "handle"; readonly id: string; readonly handle: Handle }
  | { readonly kind: "edge"; readonly id: string }
  | { readonly kind: "body"; readonly id: string };

export interface HitQuery {
  readonly at: ScreenPoint;
  readonly view: Viewport;
  readonly index: ShapeIndex;
  readonly selectedId: string | null;
  readonly tolerance: number;
}

function edgeDistance(box: Box, x: number, y: number): number {
  const dx = Math.max(box[0] - x, 0, x - box[2]);
  const dy = Math.max(box[1] - y, 0, y - box[3]);
  if (dx > 0 || dy > 0) return Math.hypot(dx, dy);
  return Math.min(x - box[0], box[2] - x, y - box[1], box[3] - y);
}

function hitHandle(query: HitQuery): Hit | null {
  const selected = query.index.get(query.selectedId);
  if (selected === null) return null;
  const reach = HANDLE_SIZE_PX / 2 + query.tolerance / 2;
  let best: { handle: Handle; far: number } | null = null;
  for (const { handle, at } of handlePoints(boxToScreen(query.view, selected.bbox))) {
    const far = Math.max(Math.abs(at.x - query.at.x), Math.abs(at.y - query.at.y));
    if (far <= reach && (best === null || far < best.far)) best = { handle, far };
  }
  return best === null ? null : { kind: "handle", id: selected.id, handle: best.handle };
}

/** All shapes under the point: those hit on an edge first (nearest edge first), then by area, smallest first. */
export function hitStack(query: HitQuery): Hit[] {
  const point = toImage(query.view, query.at);
  const tolerance = query.tolerance / query.view.scale;
  const edges: { shape: Shape; far: number }[] = [];
  const bodies: Shape[] = [];
  for (const shape of query.index.near(point.x, point.y, tolerance)) {
    const far = edgeDistance(shape.bbox, point.x, point.y);
    if (far <= tolerance) edges.push({ shape, far });
    else if (containsPoint(shape.bbox, point.x, point.y)) bodies.push(shape);
  }
  edges.sort((a, b) => a.far - b.far || boxArea(a.shape.bbox) - boxArea(b.shape.bbox));
  return [
    ...edges.map(({ shape }): Hit => ({ kind: "edge", id: shape.id })),
    ...bodies.map((shape): Hit => ({ kind: "body", id: shape.id })),
  ];
}

/** What is under the point: handles of the selection, then edges, then the smallest shape that contains it. */
export function hitTest(query: HitQuery): Hit | null {
  return hitHandle(query) ?? hitStack(query)[0] ?? null;
}

/** The shape after the selected one in the stack under the point: Alt+click walks through overlaps. */
export function hitNext(query: HitQuery): Hit | null {
  const stack = hitStack(query);
  const position = stack.findIndex((hit) => hit.id === query.selectedId);
  return stack[(position + 1) % Math.max(stack.length, 1)] ?? null;
}
