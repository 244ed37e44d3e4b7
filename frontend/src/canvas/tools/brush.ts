import type { ImagePoint } from "../../geometry/points";
import type { StrokeSight } from "../strokeSight";
import type { Tool, ToolContext, ToolEvent } from "./tool";

type State =
  | { readonly name: "idle" }
  | { readonly name: "painting"; readonly stroke: StrokeSight; readonly last: ImagePoint };

export const SMALLEST_BRUSH_PX = 0.5;
export const LARGEST_BRUSH_PX = 500;

/**
 * Paints masks: on the selected mask, else a new one. Shift at the start of a stroke makes it take away; as an eraser
 * the tool always does. The size is in image pixels, so that a stroke is as wide wherever one has zoomed to.
 */
export class BrushTool implements Tool {
  readonly coalesced = true;
  private now: State = { name: "idle" };
  private radius = 12;
  private over: ToolEvent | null = null;

  constructor(
    private readonly context: ToolContext,
    readonly name: "brush" | "eraser" = "brush",
  ) {}

  get state(): string {
    return this.now.name;
  }

  get size(): number {
    return this.radius;
  }

  setSize(radius: number): void {
    this.radius = Math.min(Math.max(radius, SMALLEST_BRUSH_PX), LARGEST_BRUSH_PX);
    this.showBrush();
  }

  pointerDown(event: ToolEvent): void {
    this.over = event;
    if (!this.context.editable || event.alt) {
      const hit = event.alt ? this.context.hitNext(event.screen) : this.context.hit(event.screen);
      this.context.select(hit?.id ?? null);
      return;
    }
    const erase = this.erases(event);
    const selected = this.context.selectedId === null ? null : this.context.shape(this.context.selectedId);
    const target = selected?.kind === "mask" ? selected.id : null;
    if (erase && target === null) {
      this.context.nothingToErase();
      return;
    }
    this.context.hover(null);
    const stroke = this.context.startStroke(target, erase);
    this.now = { name: "painting", stroke, last: event.image };
    this.paint(event);
  }

  private erases(event: ToolEvent): boolean {
    return this.name === "eraser" || event.shift;
  }

  private paint(event: ToolEvent): void {
    this.over = event;
    this.showBrush();
    if (this.now.name !== "painting") return;
    const { stroke, last } = this.now;
    stroke.buffer.segment(last.x, last.y, event.image.x, event.image.y, this.radius);
    this.now = { name: "painting", stroke, last: event.image };
    this.context.strokeChanged();
  }

  private showBrush(): void {
    if (this.over === null) return;
    const erase = this.now.name === "painting" ? this.now.stroke.erase : this.erases(this.over);
    this.context.brush({ at: this.over.screen, radius: this.radius, erase });
  }

  pointerMove(event: ToolEvent): void {
    this.paint(event);
  }

  pointerUp(): void {
    const ended = this.now;
    this.now = { name: "idle" };
    if (ended.name !== "painting") return;
    if (ended.stroke.buffer.crop === null) this.context.dropStroke(ended.stroke);
    else this.context.commitStroke(ended.stroke);
  }

  pointerOver(event: ToolEvent): void {
    this.over = event;
    this.context.hover(null);
    this.showBrush();
  }

  pointerLeave(): void {
    this.over = null;
    this.context.brush(null);
  }

  cancel(): boolean {
    const ended = this.now;
    this.now = { name: "idle" };
    if (ended.name === "painting") this.context.dropStroke(ended.stroke);
    return ended.name === "painting";
  }

  cursor(): string {
    return this.over === null ? "crosshair" : "none";
  }
}
