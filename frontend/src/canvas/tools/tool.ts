import type { Box, Size } from "../../geometry/boxes";
import type { ImagePoint, ScreenPoint } from "../../geometry/points";
import type { Rings } from "../../geometry/polygons";
import type { Hit } from "../hitTest";
import type { Proposal, ProposalSight, Question } from "../proposal";
import type { Shape } from "../shape";
import type { BrushSight, Draft, MarkedVertex } from "../sights";
import type { Snap } from "../snapping";
import type { StrokeSight } from "../strokeSight";

export interface ToolEvent {
  readonly screen: ScreenPoint;
  readonly image: ImagePoint;
  readonly alt: boolean;
  readonly shift: boolean;
  /** Held, it lets vertices lie where the pointer is, without snapping. */
  readonly ctrl?: boolean;
}

/** What a tool may see and do. Only `commit…` and `select` leave the canvas; all else is a passing sight. */
export interface ToolContext {
  readonly imageSize: Size;
  readonly selectedId: string | null;
  readonly editable: boolean;
  shape(id: string): Shape | null;
  hit(at: ScreenPoint): Hit | null;
  hitNext(at: ScreenPoint): Hit | null;
  /** Where a vertex put here would be drawn to; `except` names the shape that it belongs to. */
  snap(at: ImagePoint, except: string | null): Snap | null;
  toScreenPoint(x: number, y: number): ScreenPoint;
  select(id: string | null): void;
  hover(id: string | null): void;
  /** Shows the shape elsewhere while it is dragged; null ends that. */
  preview(id: string, box: Box | null): void;
  previewRings(id: string, rings: Rings | null): void;
  /** Shows the box being drawn; null ends that. */
  drawing(box: Box | null): void;
  draft(draft: Draft | null): void;
  showSnap(snap: Snap | null): void;
  markVertex(vertex: MarkedVertex | null): void;
  crosshair(at: ScreenPoint | null): void;
  brush(brush: BrushSight | null): void;
  panBy(dx: number, dy: number): void;
  commitChange(id: string, box: Box): void;
  commitNew(box: Box): void;
  commitRings(id: string, rings: Rings): void;
  commitNewRings(rings: Rings): void;
  /** Asks what is there; never rejects for want of an answer, which is null. */
  propose(question: Question): Promise<Proposal | null>;
  showProposal(proposal: ProposalSight | null): void;
  commitProposal(proposal: Proposal): void;
  /** A stroke that is shown until it is committed or dropped. */
  startStroke(target: string | null, erase: boolean): StrokeSight;
  strokeChanged(): void;
  dropStroke(stroke: StrokeSight): void;
  /** Tells whoever looks that there is no mask to take from. */
  nothingToErase(): void;
  /** Puts the stroke to its mask, off the main thread; strokes are committed in the order in which they are given. */
  commitStroke(stroke: StrokeSight): void;
}

/** A tool is a small state machine: idle → pointing → dragging → idle. */
export interface Tool {
  readonly name: string;
  readonly state: string;
  /** True for a tool that wants every position of the pointer, not one per frame. */
  readonly coalesced?: boolean;
  pointerDown(event: ToolEvent): void;
  pointerMove(event: ToolEvent): void;
  pointerUp(event: ToolEvent): void;
  /** Movement with no button pressed. */
  pointerOver(event: ToolEvent): void;
  pointerLeave(): void;
  /** True when there was a gesture to cancel. */
  cancel(): boolean;
  /** The press was taken away by the system; a drawing of several clicks goes on. Left out, the gesture is cancelled. */
  interrupt?(): void;
  /** True when the key was the tool's own: "Enter", "Backspace", "Delete", and "Undo" for what takes back a step. */
  key?(key: string): boolean;
  cursor(): string;
}

/** A press that moves less than this is a click. */
export const DRAG_THRESHOLD_PX = 4;
