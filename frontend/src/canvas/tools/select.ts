import { distance, type ImagePoint, type ScreenPoint } from "../../geometry/points";
import { removeVertex } from "../../geometry/polygons";
import { handleCursor } from "../handles";
import type { Hit } from "../hitTest";
import type { MarkedVertex } from "../sights";
import {
  type Drag,
  insertVertexDrag,
  moveBoxDrag,
  movePolygonDrag,
  moveVertexDrag,
  resizeBoxDrag,
} from "./drags";
import { DRAG_THRESHOLD_PX, type Tool, type ToolContext, type ToolEvent } from "./tool";

type State =
  | { readonly name: "idle" }
  | {
      readonly name: "pointing";
      readonly hit: Hit | null;
      /** The shape was selected before this press: its edge then gives a new vertex, else the polygon moves. */
      readonly held: boolean;
      readonly from: ScreenPoint;
      readonly image: ImagePoint;
    }
  | { readonly name: "dragging"; readonly drag: Drag }
  | { readonly name: "panning"; readonly last: ScreenPoint };

/** Selects, moves and reshapes; a drag that starts on nothing, or on a mask, pans. */
export class SelectTool implements Tool {
  readonly name = "select";
  private now: State = { name: "idle" };
  private over: Hit | null = null;
  /** The vertex that was last pressed, until something else is: Delete takes it out. */
  private vertex: MarkedVertex | null = null;

  constructor(private readonly context: ToolContext) {}

  get state(): string {
    return this.now.name === "dragging" ? this.now.drag.name : this.now.name;
  }

  pointerDown(event: ToolEvent): void {
    const hit = event.alt ? this.context.hitNext(event.screen) : this.context.hit(event.screen);
    const held = hit !== null && hit.id === this.context.selectedId;
    if (hit !== null && !held) this.context.select(hit.id);
    this.mark(hit?.kind === "vertex" ? { id: hit.id, ...hit.place } : null);
    this.now = { name: "pointing", hit, held, from: event.screen, image: event.image };
  }

  pointerMove(event: ToolEvent): void {
    if (this.now.name === "pointing" && distance(this.now.from, event.screen) >= DRAG_THRESHOLD_PX)
      this.startDrag(this.now);
    if (this.now.name === "dragging") {
      this.now.drag.move(event);
    } else if (this.now.name === "panning") {
      this.context.panBy(event.screen.x - this.now.last.x, event.screen.y - this.now.last.y);
      this.now = { name: "panning", last: event.screen };
    }
  }

  private startDrag(pointing: Extract<State, { name: "pointing" }>): void {
    this.context.hover(null);
    const drag = this.context.editable ? this.dragOf(pointing) : null;
    this.now = drag === null ? { name: "panning", last: pointing.from } : { name: "dragging", drag };
  }

  private dragOf({ hit, held, image }: Extract<State, { name: "pointing" }>): Drag | null {
    const { context } = this;
    const shape = hit === null ? null : context.shape(hit.id);
    if (hit === null || shape === null || shape.kind === "mask") return null;
    if (shape.kind === "polygon") {
      if (hit.kind === "vertex") return moveVertexDrag(context, shape, hit.place);
      if (hit.kind === "edge" && held && hit.place !== undefined) {
        this.mark({ id: hit.id, ring: hit.place.ring, vertex: hit.place.vertex + 1 });
        return insertVertexDrag(context, shape, hit.place);
      }
      return movePolygonDrag(context, shape, image);
    }
    return hit.kind === "handle"
      ? resizeBoxDrag(context, shape, hit.handle)
      : moveBoxDrag(context, shape, image);
  }

  pointerUp(): void {
    const ended = this.now;
    this.now = { name: "idle" };
    if (ended.name === "pointing" && ended.hit === null) this.context.select(null);
    if (ended.name === "dragging") ended.drag.end();
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
    this.mark(null);
    if (ended.name === "dragging") ended.drag.drop();
    return ended.name !== "idle" && ended.name !== "pointing";
  }

  private mark(vertex: MarkedVertex | null): void {
    this.vertex = vertex;
    this.context.markVertex(vertex);
  }

  /** Delete takes out the vertex under the pointer or the one pressed last; without one the key is not the tool's. */
  key(key: string): boolean {
    const vertex = this.over?.kind === "vertex" ? { id: this.over.id, ...this.over.place } : this.vertex;
    if ((key !== "Delete" && key !== "Backspace") || vertex === null || this.now.name !== "idle")
      return false;
    const shape = vertex.id === this.context.selectedId ? this.context.shape(vertex.id) : null;
    this.mark(null);
    this.over = null;
    if (shape?.kind !== "polygon" || !this.context.editable) return false;
    const rings = removeVertex(shape.rings, vertex);
    // Of a triangle nothing is taken, and the key does not go on to delete the whole of it either.
    if (rings !== null) this.context.commitRings(vertex.id, rings);
    return true;
  }

  cursor(): string {
    if (this.now.name === "panning") return "grabbing";
    if (this.now.name === "dragging") return this.now.drag.cursor;
    if (this.over === null || !this.context.editable) return "default";
    if (this.over.kind === "handle") return handleCursor(this.over.handle);
    if (this.over.id !== this.context.selectedId) return "pointer";
    if (this.context.shape(this.over.id)?.kind === "mask") return "default";
    return this.over.kind === "edge" && this.over.place !== undefined ? "copy" : "move";
  }
}
