import type { Box } from "../geometry/boxes";
import type { ScreenPoint } from "../geometry/points";
import type { RingPlace } from "../geometry/polygons";
import type { ProposalSight } from "./proposal";
import type { Shape } from "./shape";
import type { Snap } from "./snapping";
import type { StrokeSight } from "./strokeSight";

/** A polygon on its way: its vertices so far and, where the pointer is over the picture, the one to come. */
export interface Draft {
  readonly points: readonly number[];
  readonly next: readonly [number, number] | null;
  /** A click would close it. */
  readonly closing: boolean;
}

export interface BrushSight {
  readonly at: ScreenPoint;
  /** In image pixels. */
  readonly radius: number;
  readonly erase: boolean;
}

/** A vertex that keys act on. */
export interface MarkedVertex extends RingPlace {
  readonly id: string;
}

/** Passing sights: what tools show on the overlay until the gesture ends. Nothing of it is in a document. */
export interface Sights {
  hovered: string | null;
  /** The selected shape as it is while it is dragged. */
  dragged: Shape | null;
  drawn: Box | null;
  crosshair: ScreenPoint | null;
  draft: Draft | null;
  snap: Snap | null;
  vertex: MarkedVertex | null;
  brush: BrushSight | null;
  proposal: ProposalSight | null;
  /** Strokes of the brush that are not yet part of a mask. */
  strokes: readonly StrokeSight[];
}

export function noSights(): Sights {
  return {
    hovered: null,
    dragged: null,
    drawn: null,
    crosshair: null,
    draft: null,
    snap: null,
    vertex: null,
    brush: null,
    proposal: null,
    strokes: [],
  };
}

export function nothingInSight({ strokes, ...sights }: Sights): boolean {
  return strokes.length === 0 && Object.values(sights).every((sight) => sight === null);
}
