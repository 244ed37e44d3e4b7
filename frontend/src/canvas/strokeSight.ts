import type { Size } from "../geometry/boxes";
import type { Crop } from "../masks/crop";
import { StrokeBuffer } from "../masks/stroke";
import { parseColour } from "./labels";
import type { StageHost } from "./layers";
import { boxToScreen, type Viewport } from "./viewport";

const ALPHA = 0.42;

/** One stroke of the brush: its pixels, and a canvas of them that is kept up to date where they change. */
export class StrokeSight {
  readonly buffer: StrokeBuffer;
  private canvas: HTMLCanvasElement | null = null;
  private shownAt: { x: number; y: number; width: number; height: number } | null = null;
  /** The mask that it is put to; null makes a new one. */
  target: string | null;

  constructor(
    private readonly host: StageHost,
    image: Size,
    target: string | null,
    readonly erase: boolean,
    private readonly colour: string,
  ) {
    this.buffer = new StrokeBuffer(image);
    this.target = target;
  }

  private refresh(): HTMLCanvasElement | null {
    const { crop } = this.buffer;
    if (crop === null) return this.canvas;
    this.canvas ??= this.host.createCanvas();
    let fresh = this.buffer.takeFresh();
    if (this.shownAt?.width !== crop.width || this.shownAt.height !== crop.height) {
      this.canvas.width = crop.width;
      this.canvas.height = crop.height;
      fresh = [crop.x, crop.y, crop.x + crop.width, crop.y + crop.height];
    }
    const { x, y } = crop;
    this.shownAt = { x, y, width: crop.width, height: crop.height };
    if (fresh === null) return this.canvas;
    const [width, height] = [fresh[2] - fresh[0], fresh[3] - fresh[1]];
    const [red, green, blue] = parseColour(this.colour);
    const rgba = new Uint8ClampedArray(4 * width * height);
    for (let row = 0, at = 0; row < height; row += 1) {
      const line = (fresh[1] + row - y) * crop.width + fresh[0] - x;
      for (let column = 0; column < width; column += 1, at += 4) {
        if (crop.bits[line + column] === 0) continue;
        rgba[at] = red;
        rgba[at + 1] = green;
        rgba[at + 2] = blue;
        rgba[at + 3] = 255;
      }
    }
    const pixels = this.host.imageData({ width, height, rgba });
    this.canvas.getContext("2d")?.putImageData(pixels, fresh[0] - x, fresh[1] - y);
    return this.canvas;
  }

  /** Its pixels for good; what was painted last is on the canvas before they are given away. */
  finish(): Crop | null {
    this.refresh();
    return this.buffer.crop;
  }

  /** Paints over what the overlay has of the mask: first its place is cleared, so that nothing is tinted twice. */
  paint(context: CanvasRenderingContext2D, view: Viewport): void {
    const canvas = this.refresh();
    if (canvas === null || this.shownAt === null) return;
    const { x, y, width, height } = this.shownAt;
    const seen = boxToScreen(view, [x, y, x + width, y + height]);
    const draw = () => context.drawImage(canvas, seen[0], seen[1], seen[2] - seen[0], seen[3] - seen[1]);
    context.imageSmoothingEnabled = view.scale < 3;
    context.globalCompositeOperation = "destination-out";
    draw();
    context.globalCompositeOperation = "source-over";
    if (this.erase) return;
    context.globalAlpha = ALPHA;
    draw();
    context.globalAlpha = 1;
  }
}
