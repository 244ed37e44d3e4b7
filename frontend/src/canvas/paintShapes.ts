import { type Box, boxWidth } from "../geometry/boxes";
import {
  hasRoom,
  inkOn,
  LABEL_FONT,
  LABEL_HEIGHT_PX,
  LABEL_PADDING_PX,
  labelText,
  type TextWidths,
  withAlpha,
} from "./labels";
import { addOutline, type Looks, paintMask } from "./paths";
import { type LabelMode, type LineStyle, paintCost, type Shape } from "./shape";
import { boxToScreen, type Viewport } from "./viewport";

const DASHES: Record<LineStyle, number[]> = { solid: [], dash: [12, 6], dot: [3, 4] };
const WIDTHS: Record<LineStyle, number> = { solid: 2, dash: 2, dot: 3 };
/** The dark casing under each line makes hues readable on any picture; past this many boxes' cost it is left out. */
const CASING_LIMIT = 600;

export interface ShapesPaint {
  readonly context: CanvasRenderingContext2D;
  readonly view: Viewport;
  readonly shapes: readonly Shape[];
  readonly labels: LabelMode;
  readonly widths: TextWidths;
  readonly looks: Looks;
}

/** One path per colour and style: a thousand shapes are then a handful of strokes. */
function batches(shapes: readonly Shape[]): Map<string, Shape[]> {
  const groups = new Map<string, Shape[]>();
  for (const shape of shapes) {
    // Kinds apart: masks are filled with their pixels, and lines join otherwise in polygons than in boxes.
    const key = `${shape.colour}|${shape.style}|${shape.calm}|${shape.kind ?? "box"}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [shape]);
    else group.push(shape);
  }
  return groups;
}

export function paintShapes(paint: ShapesPaint): void {
  const { context, view, looks } = paint;
  let cost = 0;
  for (const shape of paint.shapes) {
    cost += paintCost(shape);
    if (shape.kind === "mask") paintMask(context, view, shape, looks(shape));
  }
  for (const group of batches(paint.shapes).values()) {
    const [shape] = group;
    if (shape === undefined) continue;
    context.beginPath();
    context.lineJoin = joinOf(shape);
    for (const one of group) addOutline(context, view, one, looks);
    fillStyled(context, shape);
    strokeStyled(context, shape, cost <= CASING_LIMIT);
  }
  context.setLineDash([]);
  if (paint.labels === "all") paintLabels(paint);
}

/** A mask has its pixels, a settled box is hollow; a polygon is an area like a mask and is tinted in any case. */
function fillStyled(context: CanvasRenderingContext2D, shape: Shape): void {
  if (shape.kind === "mask" || (shape.calm && shape.kind !== "polygon")) return;
  const polygon = shape.kind === "polygon" ? 0.08 : 0;
  context.fillStyle = withAlpha(shape.colour, polygon + (shape.calm ? 0.08 : 0.12));
  context.fill();
}

/** Boxes keep their corners; an acute vertex of a polygon would get a spike. */
function joinOf(shape: Shape): CanvasLineJoin {
  return shape.kind === "polygon" || shape.kind === "mask" ? "round" : "miter";
}

function strokeStyled(context: CanvasRenderingContext2D, shape: Shape, casing: boolean): void {
  context.lineCap = "butt";
  // The casing has the same gaps: filled ones would make every style look like a solid dark line.
  context.setLineDash(DASHES[shape.style]);
  if (casing) {
    context.lineWidth = WIDTHS[shape.style] + 2;
    context.strokeStyle = "rgba(0, 0, 0, 0.35)";
    context.stroke();
  }
  context.lineWidth = WIDTHS[shape.style];
  context.strokeStyle = shape.colour;
  context.stroke();
}

function paintLabels(paint: ShapesPaint): void {
  const { context } = paint;
  context.font = LABEL_FONT;
  context.textBaseline = "middle";
  for (const shape of paint.shapes) {
    const seen = boxToScreen(paint.view, shape.bbox);
    const text = labelText(shape);
    if (hasRoom(boxWidth(seen), paint.widths.of(context, text)))
      paintLabel(context, shape, seen, paint.widths);
  }
}

/** The label sits on the box's top edge, or inside it where the canvas ends. */
export function paintLabel(
  context: CanvasRenderingContext2D,
  shape: Shape,
  seen: Box,
  widths: TextWidths,
): void {
  context.font = LABEL_FONT;
  context.textBaseline = "middle";
  const text = labelText(shape);
  const width = widths.of(context, text) + 2 * LABEL_PADDING_PX;
  const above = seen[1] - LABEL_HEIGHT_PX;
  const top = above >= 0 ? above : Math.max(seen[1], 0);
  const left = Math.max(Math.round(seen[0]) - 1, 0);
  context.globalAlpha = shape.calm ? 0.8 : 1;
  context.fillStyle = shape.colour;
  context.fillRect(left, Math.round(top), width, LABEL_HEIGHT_PX);
  context.fillStyle = inkOn(shape.colour);
  context.fillText(text, left + LABEL_PADDING_PX, Math.round(top) + LABEL_HEIGHT_PX / 2);
  context.globalAlpha = 1;
}

/** One shape alone, drawn strongly: the selected or hovered one. */
export function paintOne(
  { context, view, looks }: Pick<ShapesPaint, "context" | "view" | "looks">,
  shape: Shape,
  halo: boolean,
): void {
  if (shape.kind === "mask") paintMask(context, view, { ...shape, calm: false }, looks(shape));
  context.beginPath();
  context.lineJoin = joinOf(shape);
  addOutline(context, view, shape, looks);
  fillStyled(context, shape);
  if (halo) {
    context.setLineDash([]);
    context.lineWidth = WIDTHS[shape.style] + 4;
    context.strokeStyle = "rgba(255, 255, 255, 0.95)";
    context.stroke();
  }
  strokeStyled(context, shape, !halo);
  context.setLineDash([]);
}
