import { withAlpha } from "./labels";
import type { ProposalSight } from "./proposal";
import { strokeOnShade } from "./strokes";
import { boxToScreen, toScreen, type Viewport } from "./viewport";

const DOT_PX = 4;

/** A dashed outline that is not yet anybody's, and a dot for each click: full for what is in it, hollow for what is not. */
export function paintProposal(
  context: CanvasRenderingContext2D,
  view: Viewport,
  { question, proposal, waiting }: ProposalSight,
  colour: string,
): void {
  if (proposal !== null) {
    context.beginPath();
    for (const ring of proposal.rings) {
      for (let n = 0; n < ring.length; n += 2) {
        const at = toScreen(view, ring[n] ?? 0, ring[n + 1] ?? 0);
        if (n === 0) context.moveTo(at.x, at.y);
        else context.lineTo(at.x, at.y);
      }
      context.closePath();
    }
    context.fillStyle = withAlpha(colour, waiting ? 0.1 : 0.25);
    context.fill("evenodd");
    context.setLineDash([6, 4]);
    strokeOnShade(context, { colour, width: 2 });
    const [left, top, right, bottom] = boxToScreen(view, proposal.bbox);
    context.setLineDash([2, 4]);
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    strokeOnShade(context, { colour, width: 1 });
    context.setLineDash([]);
  }
  const dots = [
    ...(question.point === null ? [] : [{ ...question.point, full: true }]),
    ...question.inside.map((point) => ({ ...point, full: true })),
    ...question.outside.map((point) => ({ ...point, full: false })),
  ];
  for (const { x, y, full } of dots) {
    const at = toScreen(view, x, y);
    context.beginPath();
    context.arc(at.x, at.y, DOT_PX, 0, 2 * Math.PI);
    context.fillStyle = full ? colour : "#ffffff";
    context.fill();
    strokeOnShade(context, full ? {} : { colour });
  }
  if (waiting && question.box !== null) {
    const [left, top, right, bottom] = boxToScreen(view, question.box);
    context.setLineDash([2, 4]);
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    strokeOnShade(context, { colour });
    context.setLineDash([]);
  }
}
