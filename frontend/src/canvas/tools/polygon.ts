import { distance } from "../../geometry/points";
import { MIN_VERTICES, roundRings, signedArea } from "../../geometry/polygons";
import type { Hit } from "../hitTest";
import { vertexAt } from "./drags";
import { SelectTool } from "./select";
import type { Tool, ToolContext, ToolEvent } from "./tool";

type State =
  | { readonly name: "idle" }
  /** Vertices so far, flat; while the button is down the last one follows the pointer. */
  | { readonly name: "drawing"; readonly points: readonly number[]; readonly pressed: boolean }
  /** The selection's vertices and edges stay alive, so that a fresh polygon is put right without changing tools. */
  | { readonly name: "adjusting" };

/** So near to the first vertex a click closes the polygon, and to the last one it is a double click. */
const CLOSE_PX = 10;
const DOUBLE_PX = 4;

/** Draws polygons click by click; a click on the first vertex, a double click or Enter closes. */
export class PolygonTool implements Tool {
  readonly name = "polygon";
  private now: State = { name: "idle" };
  private readonly select: SelectTool;
  private over: Hit | null = null;

  constructor(private readonly context: ToolContext) {
    this.select = new SelectTool(context);
  }

  get state(): string {
    return this.now.name;
  }

  pointerDown(event: ToolEvent): void {
    if (this.now.name === "drawing") {
      this.clicked(event, this.now.points);
      return;
    }
    if (!this.context.editable || event.alt || this.adjusts(this.context.hit(event.screen))) {
      this.now = { name: "adjusting" };
      this.select.pointerDown(event);
      return;
    }
    this.start(event, true);
  }

  private start(event: ToolEvent, pressed: boolean): void {
    this.select.cancel();
    this.context.hover(null);
    const { x, y } = vertexAt(this.context, event, null);
    this.now = { name: "drawing", points: [x, y], pressed };
    this.show(event);
  }

  /** True for what belongs to the selection: its handles, its vertices and, of a polygon, its edges. */
  private adjusts(hit: Hit | null): boolean {
    if (hit === null || hit.id !== this.context.selectedId) return false;
    return hit.kind === "handle" || hit.kind === "vertex" || (hit.kind === "edge" && hit.place !== undefined);
  }

  private clicked(event: ToolEvent, points: readonly number[]): void {
    if (this.closes(event) || (this.isNear(event, points.length - 2, DOUBLE_PX) && this.enough)) {
      this.close();
      return;
    }
    if (this.isNear(event, points.length - 2, DOUBLE_PX)) return;
    const { x, y } = vertexAt(this.context, event, null);
    this.now = { name: "drawing", points: [...points, x, y], pressed: true };
    this.show(event);
  }

  private get enough(): boolean {
    return this.now.name === "drawing" && this.now.points.length >= 2 * MIN_VERTICES;
  }

  private isNear({ screen }: ToolEvent, n: number, reach: number): boolean {
    if (this.now.name !== "drawing") return false;
    const { points } = this.now;
    return distance(this.context.toScreenPoint(points[n] ?? 0, points[n + 1] ?? 0), screen) <= reach;
  }

  private closes(event: ToolEvent): boolean {
    return this.enough && this.isNear(event, 0, CLOSE_PX);
  }

  private close(): void {
    if (this.now.name !== "drawing") return;
    const [ring] = roundRings([this.now.points]);
    this.end();
    if (ring !== undefined && Math.abs(signedArea(ring)) >= 1) this.context.commitNewRings([ring]);
  }

  private end(): void {
    this.now = { name: "idle" };
    this.context.draft(null);
    this.context.showSnap(null);
  }

  private show(event: ToolEvent): void {
    if (this.now.name !== "drawing") return;
    const { points, pressed } = this.now;
    const closing = !pressed && this.closes(event);
    if (closing) this.context.showSnap(null);
    const next = pressed || closing ? null : vertexAt(this.context, event, null);
    this.context.draft({ points, next: next === null ? null : [next.x, next.y], closing });
  }

  pointerMove(event: ToolEvent): void {
    if (this.now.name === "adjusting") this.select.pointerMove(event);
    if (this.now.name !== "drawing") return;
    if (this.now.pressed) {
      const { x, y } = vertexAt(this.context, event, null);
      this.now = { ...this.now, points: [...this.now.points.slice(0, -2), x, y] };
    }
    this.show(event);
  }

  pointerUp(event: ToolEvent): void {
    if (this.now.name === "adjusting") {
      const clicked = this.select.state === "pointing" && this.context.editable && !event.alt;
      this.now = { name: "idle" };
      // Only a drag adjusts: a click there begins the neighbour that shares this vertex or edge.
      if (clicked) this.start(event, false);
      else this.select.pointerUp();
    } else if (this.now.name === "drawing") {
      this.now = { ...this.now, pressed: false };
    }
  }

  pointerOver(event: ToolEvent): void {
    if (this.now.name === "drawing") {
      this.show(event);
      return;
    }
    this.over = this.context.hit(event.screen);
    this.select.pointerOver(event);
    this.context.hover(null);
    if (this.adjusts(this.over)) this.context.showSnap(null);
    else vertexAt(this.context, event, null);
  }

  pointerLeave(): void {
    this.over = null;
    this.context.showSnap(null);
    if (this.now.name === "drawing")
      this.context.draft({ points: this.now.points, next: null, closing: false });
  }

  cancel(): boolean {
    const ended = this.now;
    this.end();
    const adjusted = this.select.cancel();
    return ended.name === "drawing" || adjusted;
  }

  interrupt(): void {
    if (this.now.name === "adjusting") this.cancel();
    else if (this.now.name === "drawing") this.now = { ...this.now, pressed: false };
  }

  key(key: string): boolean {
    if (this.now.name === "idle") return this.select.key(key);
    if (this.now.name !== "drawing") return false;
    if (key === "Enter") {
      if (this.enough) this.close();
      return true;
    }
    if (key !== "Backspace" && key !== "Delete" && key !== "Undo") return false;
    const points = this.now.points.slice(0, -2);
    if (points.length === 0) {
      this.end();
      return true;
    }
    this.now = { name: "drawing", points, pressed: false };
    this.context.draft({ points, next: null, closing: false });
    return true;
  }

  cursor(): string {
    const adjusting = this.now.name === "adjusting" || (this.now.name === "idle" && this.adjusts(this.over));
    return adjusting ? this.select.cursor() : "crosshair";
  }
}
