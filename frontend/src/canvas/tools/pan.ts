import type { ScreenPoint } from "../../geometry/points";
import type { Tool, ToolContext, ToolEvent } from "./tool";

export class PanTool implements Tool {
  readonly name = "pan";
  private last: ScreenPoint | null = null;

  constructor(private readonly context: ToolContext) {}

  get state(): string {
    return this.last === null ? "idle" : "panning";
  }

  pointerDown(event: ToolEvent): void {
    this.last = event.screen;
  }

  pointerMove(event: ToolEvent): void {
    if (this.last === null) return;
    this.context.panBy(event.screen.x - this.last.x, event.screen.y - this.last.y);
    this.last = event.screen;
  }

  pointerUp(): void {
    this.last = null;
  }

  pointerOver(): void {
    this.context.hover(null);
  }

  pointerLeave(): void {}

  cancel(): boolean {
    const panning = this.last !== null;
    this.last = null;
    return panning;
  }

  cursor(): string {
    return this.last === null ? "grab" : "grabbing";
  }
}
