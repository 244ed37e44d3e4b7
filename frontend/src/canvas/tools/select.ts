import { type Box, type Handle, moveBox, resizeBox, roundBox, sameBox } from "../../geometry/boxes";
import { distance, type ImagePoint, type ScreenPoint } from "../../geometry/points";
import { handleCursor } from "../handles";
import type { Hit } from "../hitTest";
import { DRAG_THRESHOLD_PX, type Tool, type ToolContext, type ToolEvent } from "./tool";

type State =
  | { readonly name: "idle" }
  | {
      readonly name: "pointing";
      readonly hit: Hit | null;
      readonly from: ScreenPoint;
      readonly image: ImagePoint;
    }
  | {
      readonly name: "moving";
      readonly id: string;
      readonly start: Box;
      readonly image: ImagePoint;
      readonly box: Box;
    }
  | {
      readonly name: "resizing";
      readonly id: string;
      readonly start: Box;
      readonly handle: Handle;
      readonly box: Box;
    }
  | { readonly name: "panning"; readonly last: ScreenPoint };

/** Selects, moves and resizes; a drag that starts on nothing pans. */
export class SelectTool implements Tool {
  readonly name = "select";
  private now: State = { name: "idle" };
  private over: Hit | null = null;

  constructor(private readonly context: ToolContext) {}

  get state(): string {
    return this.now.name;
  }

  pointerDown(event: ToolEvent): void {
    const hit = event.alt ? this.context.hitNext(event.screen) : this.context.hit(event.screen);
    if (hit !== null && hit.id !== this.context.selectedId) this.context.select(hit.id);
    this.now = { name: "pointing", hit, from: event.screen, image: event.image };
  }

  pointerMove(event: ToolEvent): void {
    if (this.now.name === "pointing" && distance(this.now.from, event.screen) >= DRAG_THRESHOLD_PX)
      this.startDrag(this.now);
    if (this.now.name === "moving") {
      const { id, start, image } = this.now;
      const box = moveBox(start, event.image.x - image.x, event.image.y - image.y, this.context.imageSize);
      this.now = { ...this.now, box };
      this.context.preview(id, box);
    } else if (this.now.name === "resizing") {
      const box = resizeBox(this.now.start, this.now.handle, event.image, this.context.imageSize);
      this.now = { ...this.now, box };
      this.context.preview(this.now.id, box);
    } else if (this.now.name === "panning") {
      this.context.panBy(event.screen.x - this.now.last.x, event.screen.y - this.now.last.y);
      this.now = { name: "panning", last: event.screen };
    }
  }

  private startDrag(pointing: Extract<State, { name: "pointing" }>): void {
    const { hit } = pointing;
    const shape = hit === null ? null : this.context.shape(hit.id);
    this.context.hover(null);
    if (hit === null || shape === null || !this.context.editable) {
      this.now = { name: "panning", last: pointing.from };
    } else if (hit.kind === "handle") {
      this.now = { name: "resizing", id: hit.id, start: shape.bbox, handle: hit.handle, box: shape.bbox };
    } else {
      this.now = { name: "moving", id: hit.id, start: shape.bbox, image: pointing.image, box: shape.bbox };
    }
  }

  pointerUp(): void {
    const ended = this.now;
    this.now = { name: "idle" };
    if (ended.name === "pointing" && ended.hit === null) this.context.select(null);
    if (ended.name !== "moving" && ended.name !== "resizing") return;
    this.context.preview(ended.id, null);
    const box = roundBox(ended.box);
    if (!sameBox(box, ended.start)) this.context.commitChange(ended.id, box);
  }

  pointerOver(event: ToolEvent): void {
    this.over = this.context.hit(event.screen);
    this.context.hover(this.over?.id ?? null);
  }

  pointerLeave(): void {
    this.over = null;
    this.context.hover(null);
  }

  cancel(): boolean {
    const ended = this.now;
    this.now = { name: "idle" };
    if (ended.name === "moving" || ended.name === "resizing") this.context.preview(ended.id, null);
    return ended.name !== "idle" && ended.name !== "pointing";
  }

  cursor(): string {
    if (this.now.name === "panning") return "grabbing";
    if (this.now.name === "moving") return "move";
    if (this.now.name === "resizing") return handleCursor(this.now.handle);
    if (this.over === null || !this.context.editable) return "default";
    if (this.over.kind === "handle") return handleCursor(this.over.handle);
    return this.over.id === this.context.selectedId ? "move" : "pointer";
  }
}
