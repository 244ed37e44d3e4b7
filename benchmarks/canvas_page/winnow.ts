import { Stage } from "../../frontend/src/canvas/stage";
import { SelectTool } from "../../frontend/src/canvas/tools/select";
import { toImage } from "../../frontend/src/canvas/viewport";
import { type ScreenPoint, screenPoint } from "../../frontend/src/geometry/points";
import type { Contestant, Redraws } from "./contestant";
import { type Scene, VIEWPORT } from "./scene";

const MIDDLE = screenPoint(VIEWPORT.width / 2, VIEWPORT.height / 2);

/** The product's own stage and its select tool. */
export class WinnowCanvas implements Contestant {
  private stage: Stage | null = null;
  private tool: SelectTool | null = null;
  private pointer: ScreenPoint = MIDDLE;
  private dragged = "";

  private get shown(): Stage {
    if (this.stage === null) throw new Error("not mounted");
    return this.stage;
  }

  async mount(place: HTMLElement, scene: Scene): Promise<void> {
    const stage = new Stage(place);
    stage.resize(VIEWPORT);
    stage.setPicture(scene.picture);
    stage.fitNow();
    stage.setShapes(scene.shapes);
    this.dragged = scene.dragged;
    this.tool = new SelectTool(stage);
    this.stage = stage;
  }

  fit(): void {
    this.shown.fitNow();
  }

  zoom(factor: number): void {
    this.shown.zoomAt(MIDDLE, factor);
  }

  pan(dx: number, dy: number): void {
    this.shown.panBy(dx, dy);
  }

  private event() {
    return {
      screen: this.pointer,
      image: toImage(this.shown.viewport, this.pointer),
      alt: false,
      shift: false,
    };
  }

  startDrag(): void {
    this.shown.select(this.dragged);
    const box = this.shown.toScreen(this.dragged);
    const shape = this.shown.shape(this.dragged);
    if (box === null || shape === null) throw new Error("the shape to drag is not there");
    // A vertex of a polygon; of a box its left edge, between two handles: inside of it a smaller one may lie.
    const [x, y] = shape.kind === "polygon" ? (shape.rings[0] ?? []) : [];
    this.pointer =
      x === undefined || y === undefined
        ? screenPoint(box[0], box[1] + (box[3] - box[1]) / 4)
        : this.shown.toScreenPoint(x, y);
    this.tool?.pointerDown(this.event());
  }

  drag(dx: number, dy: number): void {
    this.pointer = screenPoint(this.pointer.x + dx, this.pointer.y + dy);
    this.tool?.pointerMove(this.event());
  }

  endDrag(): void {
    this.tool?.pointerUp();
    this.shown.select(null);
  }

  get moving(): boolean {
    return this.shown.moving;
  }

  counters(): Redraws {
    const { drawn, culled, blits, layerRedraws } = this.shown.counters;
    return { drawn, culled, blits, ...layerRedraws };
  }

  unmount(): void {
    this.stage?.destroy();
    this.stage = null;
  }
}
