import { type Box, boxHeight, boxWidth, type MovedPart, type Size } from "../geometry/boxes";
import type { ScreenPoint } from "../geometry/points";
import { HANDLE_SIZE_PX, handlePoints } from "./handles";
import { LABEL_FONT, type TextWidths, withAlpha } from "./labels";
import { paintBrush, paintDraft, paintGrip, paintSnap, paintVertices } from "./paintDraft";
import { paintProposal } from "./paintProposal";
import { paintLabel, paintOne } from "./paintShapes";
import { addOutline, type Looks } from "./paths";
import type { LabelMode, Shape } from "./shape";
import type { Sights } from "./sights";
import { strokeOnShade } from "./strokes";
import { boxToScreen, type Viewport } from "./viewport";

export interface OverlayPaint {
  readonly context: CanvasRenderingContext2D;
  readonly view: Viewport;
  readonly canvas: Size;
  readonly image: Size;
  readonly selected: Shape | null;
  readonly hovered: Shape | null;
  readonly ghosts: readonly Shape[];
  readonly sights: Sights;
  readonly drawingColour: string;
  readonly labels: LabelMode;
  readonly widths: TextWidths;
  readonly looks: Looks;
  readonly editable: boolean;
  /** Which part of the selected shape the arrow keys move. */
  readonly part: MovedPart;
}

export function paintOverlay(paint: OverlayPaint): void {
  const { context, view, sights } = paint;
  // The selected mask comes first: strokes that take from it take all that is under them.
  const mask = paint.selected?.kind === "mask" ? paint.selected : null;
  if (mask !== null) paintOne(paint, mask, sights.strokes.length === 0);
  for (const stroke of sights.strokes) stroke.paint(context, view);
  if (paint.hovered !== null && paint.hovered.id !== paint.selected?.id) {
    paintOne(paint, paint.hovered, false);
    paintLabel(context, paint.hovered, boxToScreen(view, paint.hovered.bbox), paint.widths);
  }
  if (paint.selected !== null) paintSelected(paint, paint.selected);
  for (const ghost of paint.ghosts) paintGhost(paint, ghost);
  if (sights.drawn !== null) paintDrawing(paint, sights.drawn);
  if (sights.draft !== null) paintDraft(context, view, sights.draft, paint.drawingColour);
  if (sights.proposal !== null) paintProposal(context, view, sights.proposal, paint.drawingColour);
  if (sights.snap !== null) paintSnap(context, view, sights.snap);
  if (sights.crosshair !== null) paintCrosshair(paint, sights.crosshair);
  if (sights.brush !== null) paintBrush(context, view, sights.brush);
}

function paintSelected(paint: OverlayPaint, shape: Shape): void {
  const { context, view } = paint;
  if (shape.kind !== "mask") paintOne(paint, shape, true);
  const seen = boxToScreen(view, shape.bbox);
  if (paint.labels !== "none") paintLabel(context, shape, seen, paint.widths);
  if (!paint.editable || shape.kind === "mask") return;
  if (shape.kind === "polygon") {
    const marked = paint.sights.vertex?.id === shape.id ? paint.sights.vertex : null;
    paintVertices(context, view, shape, marked);
    return;
  }
  paintPart(context, seen, shape.colour, paint.part);
  for (const { at } of handlePoints(seen)) paintGrip(context, at.x, at.y, HANDLE_SIZE_PX, shape.colour);
}

/** The two sides that the arrow keys move, drawn thick; nothing when they move the whole box. */
function paintPart(context: CanvasRenderingContext2D, seen: Box, colour: string, part: MovedPart): void {
  if (part === "box") return;
  const [x, y] = part === "right-bottom" ? [seen[2], seen[3]] : [seen[0], seen[1]];
  context.setLineDash([]);
  context.lineWidth = 5;
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(x, part === "right-bottom" ? seen[1] : seen[3]);
  context.lineTo(x, y);
  context.lineTo(part === "right-bottom" ? seen[0] : seen[2], y);
  context.stroke();
}

function paintGhost(paint: OverlayPaint, ghost: Shape): void {
  const { context, view } = paint;
  context.beginPath();
  addOutline(context, view, ghost, paint.looks);
  context.setLineDash([4, 4]);
  strokeOnShade(context, { colour: ghost.colour });
  context.setLineDash([]);
  if (ghost.label === "") return;
  paintLabel(context, ghost, boxToScreen(view, ghost.bbox), paint.widths);
}

function paintDrawing(paint: OverlayPaint, box: Box): void {
  const { context } = paint;
  const seen = boxToScreen(paint.view, box);
  context.setLineDash([]);
  context.fillStyle = withAlpha(paint.drawingColour, 0.15);
  context.fillRect(seen[0], seen[1], boxWidth(seen), boxHeight(seen));
  context.lineWidth = 4;
  context.strokeStyle = "rgba(0, 0, 0, 0.35)";
  context.strokeRect(seen[0], seen[1], boxWidth(seen), boxHeight(seen));
  context.lineWidth = 2;
  context.strokeStyle = paint.drawingColour;
  context.strokeRect(seen[0], seen[1], boxWidth(seen), boxHeight(seen));
  const text = `${Math.round(boxWidth(box))} × ${Math.round(boxHeight(box))}`;
  context.font = LABEL_FONT;
  context.textBaseline = "middle";
  const width = paint.widths.of(context, text) + 10;
  const left = Math.min(seen[2] + 8, paint.canvas.width - width);
  const top = Math.min(seen[3] + 8, paint.canvas.height - 20);
  context.fillStyle = "rgba(17, 24, 39, 0.85)";
  context.fillRect(left, top, width, 18);
  context.fillStyle = "#ffffff";
  context.fillText(text, left + 5, top + 9);
}

/** Guide lines through the pointer, only as long as the image. */
function paintCrosshair(paint: OverlayPaint, at: ScreenPoint): void {
  const { context } = paint;
  const area = boxToScreen(paint.view, [0, 0, paint.image.width, paint.image.height]);
  if (at.x < area[0] || at.x > area[2] || at.y < area[1] || at.y > area[3]) return;
  const [x, y] = [Math.round(at.x) + 0.5, Math.round(at.y) + 0.5];
  for (const [colour, offset] of [
    ["rgba(0, 0, 0, 0.5)", 1],
    ["rgba(255, 255, 255, 0.8)", 0],
  ] as const) {
    context.setLineDash([]);
    context.lineWidth = 1;
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(Math.max(area[0], 0), y + offset);
    context.lineTo(Math.min(area[2], paint.canvas.width), y + offset);
    context.moveTo(x + offset, Math.max(area[1], 0));
    context.lineTo(x + offset, Math.min(area[3], paint.canvas.height));
    context.stroke();
  }
}
