import { boxFromPoints, boxHeight, boxWidth, clampBox, roundBox } from "../../geometry/boxes";
import { distance, type ImagePoint, imagePoint, type ScreenPoint } from "../../geometry/points";
import { SelectTool } from "./select";
import { DRAG_THRESHOLD_PX, type Tool, type ToolContext, type ToolEvent } from "./tool";

type State =
  | { readonly name: "idle" }
  | { readonly name: "armed"; readonly from: ScreenPoint; readonly image: ImagePoint }
  | { readonly name: "drawing"; readonly image: ImagePoint; readonly to: ImagePoint }
  /** The handles of the selection stay alive while drawing, so that a fresh box is put right without changing tools. */
  | { readonly name: "adjusting" };

/** Draws boxes by dragging from corner to corner; a click selects what is under it. */
export class BoxTool implements Tool {
  readonly name = "box";
  private now: State = { name: "idle" };
  private readonly select: SelectTool;
  private overHandle = false;

  constructor(private readonly context: ToolContext) {
    this.select = new SelectTool(context);
  }

  get state(): string {
    return this.now.name;
  }

  pointerDown(event: ToolEvent): void {
    if (!this.context.editable || this.onGrip(event)) {
      this.now = { name: "adjusting" };
      this.context.crosshair(null);
      this.select.pointerDown(event);
      return;
    }
    this.now = { name: "armed", from: event.screen, image: event.image };
    this.context.hover(null);
  }

  pointerMove(event: ToolEvent): void {
    if (this.now.name === "adjusting") {
      this.select.pointerMove(event);
      return;
    }
    this.context.crosshair(event.screen);
    if (this.now.name === "armed" && distance(this.now.from, event.screen) >= DRAG_THRESHOLD_PX) {
      this.now = { name: "drawing", image: this.now.image, to: event.image };
    }
    if (this.now.name !== "drawing") return;
    this.now = { ...this.now, to: event.image };
    this.context.drawing(clampBox(boxFromPoints(this.now.image, event.image), this.context.imageSize));
  }

  pointerUp(event: ToolEvent): void {
    const ended = this.now;
    this.now = { name: "idle" };
    if (ended.name === "adjusting") {
      this.select.pointerUp();
      return;
    }
    if (ended.name === "armed") {
      const hit = event.alt ? this.context.hitNext(event.screen) : this.context.hit(event.screen);
      this.context.select(hit?.id ?? null);
    }
    if (ended.name !== "drawing") return;
    this.context.drawing(null);
    const drawn = boxFromPoints(this.inside(ended.image), this.inside(ended.to));
    if (boxWidth(drawn) < 1 && boxHeight(drawn) < 1) return;
    this.context.commitNew(roundBox(clampBox(drawn, this.context.imageSize)));
  }

  private inside(point: ImagePoint): ImagePoint {
    const { width, height } = this.context.imageSize;
    return imagePoint(Math.min(Math.max(point.x, 0), width), Math.min(Math.max(point.y, 0), height));
  }

  private onGrip(event: ToolEvent): boolean {
    const kind = this.context.hit(event.screen)?.kind;
    return kind === "handle" || kind === "vertex";
  }

  pointerOver(event: ToolEvent): void {
    this.overHandle = this.onGrip(event);
    this.select.pointerOver(event);
    this.context.hover(null);
    this.context.crosshair(this.overHandle ? null : event.screen);
  }

  pointerLeave(): void {
    this.context.crosshair(null);
  }

  cancel(): boolean {
    const ended = this.now;
    this.now = { name: "idle" };
    this.context.drawing(null);
    if (ended.name === "adjusting") return this.select.cancel();
    return ended.name === "drawing";
  }

  cursor(): string {
    return this.overHandle || this.now.name === "adjusting" ? this.select.cursor() : "crosshair";
  }
}
