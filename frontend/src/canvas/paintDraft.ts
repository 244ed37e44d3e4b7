import type { RingPlace } from "../geometry/polygons";
import { HANDLE_SIZE_PX } from "./handles";
import { withAlpha } from "./labels";
import type { PolygonShape } from "./shape";
import type { BrushSight, Draft } from "./sights";
import type { Snap } from "./snapping";
import { strokeOnShade } from "./strokes";
import { toScreen, type Viewport } from "./viewport";

/** Vertices nearer to each other than this on the screen are drawn without grips: they would be one white bar. */
const GRIP_ROOM_PX = 5;

export function paintGrip(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  size: number,
  colour: string,
): void {
  const [left, top] = [Math.round(x - size / 2), Math.round(y - size / 2)];
  context.setLineDash([]);
  context.lineWidth = 1.5;
  context.fillStyle = "#ffffff";
  context.strokeStyle = colour;
  context.fillRect(left, top, size, size);
  context.strokeRect(left, top, size, size);
}

/** The vertices of the selected polygon; the one that keys act on is larger and filled. */
export function paintVertices(
  context: CanvasRenderingContext2D,
  view: Viewport,
  shape: PolygonShape,
  marked: RingPlace | null,
): void {
  for (const ring of shape.rings) {
    let last: { x: number; y: number } | null = null;
    for (let n = 0; n < ring.length; n += 2) {
      const at = toScreen(view, ring[n] ?? 0, ring[n + 1] ?? 0);
      if (last !== null && Math.hypot(at.x - last.x, at.y - last.y) < GRIP_ROOM_PX) continue;
      last = at;
      paintGrip(context, at.x, at.y, HANDLE_SIZE_PX - 1, shape.colour);
    }
  }
  const ring = marked === null ? undefined : shape.rings[marked.ring];
  if (marked === null || ring === undefined || 2 * marked.vertex >= ring.length) return;
  const at = toScreen(view, ring[2 * marked.vertex] ?? 0, ring[2 * marked.vertex + 1] ?? 0);
  paintGrip(context, at.x, at.y, HANDLE_SIZE_PX + 3, shape.colour);
  context.fillStyle = shape.colour;
  context.fillRect(Math.round(at.x) - 2, Math.round(at.y) - 2, 4, 4);
}

/** The polygon on its way: filled as it would be if it were closed now, its first vertex a target to close it. */
export function paintDraft(
  context: CanvasRenderingContext2D,
  view: Viewport,
  draft: Draft,
  colour: string,
): void {
  const line = [...draft.points];
  if (draft.next !== null && !draft.closing) line.push(...draft.next);
  if (line.length === 0) return;
  context.beginPath();
  for (let n = 0; n < line.length; n += 2) {
    const at = toScreen(view, line[n] ?? 0, line[n + 1] ?? 0);
    if (n === 0) context.moveTo(at.x, at.y);
    else context.lineTo(at.x, at.y);
  }
  if (draft.closing) context.closePath();
  context.fillStyle = withAlpha(colour, 0.15);
  context.fill();
  context.setLineDash([]);
  strokeOnShade(context, { colour, width: 2, shade: 0.35 });
  for (let n = 0; n < draft.points.length; n += 2) {
    const at = toScreen(view, draft.points[n] ?? 0, draft.points[n + 1] ?? 0);
    const first = n === 0 && draft.points.length >= 6;
    paintGrip(
      context,
      at.x,
      at.y,
      first ? HANDLE_SIZE_PX + (draft.closing ? 6 : 3) : HANDLE_SIZE_PX - 2,
      colour,
    );
  }
}

export function paintSnap(context: CanvasRenderingContext2D, view: Viewport, snap: Snap): void {
  const at = toScreen(view, snap.x, snap.y);
  context.setLineDash([]);
  context.beginPath();
  context.arc(at.x, at.y, snap.to === "vertex" ? 7 : 5, 0, 2 * Math.PI);
  strokeOnShade(context);
}

/** A ring as large as the brush; dashed while it takes away. */
export function paintBrush(context: CanvasRenderingContext2D, view: Viewport, brush: BrushSight): void {
  context.beginPath();
  context.arc(brush.at.x, brush.at.y, Math.max(brush.radius * view.scale, 2), 0, 2 * Math.PI);
  context.setLineDash(brush.erase ? [4, 4] : []);
  strokeOnShade(context);
  context.setLineDash([]);
}
