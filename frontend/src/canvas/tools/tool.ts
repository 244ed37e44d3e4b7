import type { Box, Size } from "../../geometry/boxes";
import type { ImagePoint, ScreenPoint } from "../../geometry/points";
import type { Hit } from "../hitTest";
import type { Shape } from "../shape";

export interface ToolEvent {
  readonly screen: ScreenPoint;
  readonly image: ImagePoint;
  readonly alt: boolean;
  readonly shift: boolean;
}

/** What a tool may see and do. Only `commit…` and `select` leave the canvas; all else is a passing sight. */
export interface ToolContext {
  readonly imageSize: Size;
  readonly selectedId: string | null;
  readonly editable: boolean;
  shape(id: string): Shape | null;
  hit(at: ScreenPoint): Hit | null;
  hitNext(at: ScreenPoint): Hit | null;
  select(id: string | null): void;
  hover(id: string | null): void;
  /** Shows the shape elsewhere while it is dragged; null ends that. */
  preview(id: string, box: Box | null): void;
  /** Shows the box being drawn; null ends that. */
  drawing(box: Box | null): void;
  crosshair(at: ScreenPoint | null): void;
  panBy(dx: number, dy: number): void;
  commitChange(id: string, box: Box): void;
  commitNew(box: Box): void;
}

/** A tool is a small state machine: idle → pointing → dragging → idle. */
export interface Tool {
  readonly name: string;
  readonly state: string;
  pointerDown(event: ToolEvent): void;
  pointerMove(event: ToolEvent): void;
  pointerUp(event: ToolEvent): void;
  /** Movement with no button pressed. */
  pointerOver(event: ToolEvent): void;
  pointerLeave(): void;
  /** True when there was a gesture to cancel. */
  cancel(): boolean;
  cursor(): string;
}

/** A press that moves less than this is a click. */
export const DRAG_THRESHOLD_PX = 4;
