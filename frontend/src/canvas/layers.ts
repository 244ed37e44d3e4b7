import type { Size } from "../geometry/boxes";
import type { Tinted } from "../masks/jobs";

export type LayerName = "image" | "shapes" | "overlay";
export const LAYER_NAMES: readonly LayerName[] = ["image", "shapes", "overlay"];

/** The browser, as far as the stage needs it; tests put their own here. */
export interface StageHost {
  createCanvas(): HTMLCanvasElement;
  imageData(pixels: Tinted): ImageData;
  requestFrame(callback: (time: number) => void): number;
  cancelFrame(handle: number): void;
  setTimer(callback: () => void, ms: number): number;
  clearTimer(handle: number): void;
  pixelRatio(): number;
  now(): number;
  calmMotion(): boolean;
}

export const browserHost: StageHost = {
  createCanvas: () => document.createElement("canvas"),
  imageData: ({ rgba, width, height }) => new ImageData(rgba, width, height),
  requestFrame: (callback) => requestAnimationFrame(callback),
  cancelFrame: (handle) => cancelAnimationFrame(handle),
  setTimer: (callback, ms) => window.setTimeout(callback, ms),
  clearTimer: (handle) => window.clearTimeout(handle),
  pixelRatio: () => window.devicePixelRatio || 1,
  now: () => performance.now(),
  calmMotion: () => window.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false,
};

/** Behind and around the picture, in both themes. */
export const BACKDROP = "#23262a";

export class Layer {
  readonly canvas: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D;
  dirty = true;
  private ratio = 0;
  private size: Size = { width: 0, height: 0 };
  /** The lowest layer lets nothing through: the browser then copies it to the screen instead of blending it. */
  private readonly opaque: boolean;

  constructor(host: StageHost, name: LayerName) {
    this.canvas = host.createCanvas();
    this.canvas.className = `canvas-layer canvas-layer-${name}`;
    Object.assign(this.canvas.style, {
      position: "absolute",
      inset: "0",
      width: "100%",
      height: "100%",
      pointerEvents: "none",
    });
    this.opaque = name === "image";
    const context = this.canvas.getContext("2d", { alpha: !this.opaque });
    if (context === null) throw new Error("This browser gives no 2D canvas.");
    this.context = context;
  }

  /** Clears the layer and returns its context, scaled so that one unit is one CSS pixel. */
  begin(size: Size, ratio: number): CanvasRenderingContext2D {
    this.dirty = false;
    if (this.ratio !== ratio || this.size.width !== size.width || this.size.height !== size.height) {
      this.canvas.width = Math.max(1, Math.round(size.width * ratio));
      this.canvas.height = Math.max(1, Math.round(size.height * ratio));
      this.ratio = ratio;
      this.size = size;
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (this.opaque) {
      this.context.fillStyle = BACKDROP;
      this.context.fillRect(0, 0, size.width, size.height);
    } else this.context.clearRect(0, 0, size.width, size.height);
    return this.context;
  }
}

export interface Counters {
  frames: number;
  drawn: number;
  culled: number;
  blits: number;
  layerRedraws: Record<LayerName, number>;
}

export function newCounters(): Counters {
  return { frames: 0, drawn: 0, culled: 0, blits: 0, layerRedraws: { image: 0, shapes: 0, overlay: 0 } };
}
