import type { Size } from "../geometry/boxes";
import type { StageHost } from "./layers";
import type { Viewport } from "./viewport";

/**
 * A copy of the shapes layer, drawn transformed while the view moves and redrawn sharp when it rests:
 * the cost of a frame then no longer depends on the number of shapes.
 */
export class Snapshot {
  private canvas: HTMLCanvasElement | null = null;
  private view: Viewport | null = null;
  private size: Size = { width: 0, height: 0 };

  constructor(private readonly host: StageHost) {}

  /** Copies the layer, unless a copy is held already. */
  take(layer: HTMLCanvasElement, view: Viewport, size: Size): void {
    if (this.view !== null) return;
    this.canvas ??= this.host.createCanvas();
    this.canvas.width = layer.width;
    this.canvas.height = layer.height;
    const context = this.canvas.getContext("2d");
    if (context === null) return;
    context.drawImage(layer, 0, 0);
    this.view = view;
    this.size = size;
  }

  paint(context: CanvasRenderingContext2D, view: Viewport): void {
    if (this.canvas === null || this.view === null) return;
    const ratio = view.scale / this.view.scale;
    const left = view.x - this.view.x * ratio;
    const top = view.y - this.view.y * ratio;
    context.drawImage(this.canvas, left, top, this.size.width * ratio, this.size.height * ratio);
  }

  drop(): void {
    this.view = null;
  }
}
