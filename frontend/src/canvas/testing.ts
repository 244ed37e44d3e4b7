import type { Box } from "../geometry/boxes";
import type { StageHost } from "./layers";
import type { BoxShape, PolygonShape } from "./shape";

/** A stand-in for the browser: canvases that only count what they are asked for, frames and timers that run when told to. */
export class TestHost implements StageHost {
  time = 0;
  private frames: ((time: number) => void)[] = [];
  private readonly timers = new Map<number, { at: number; callback: () => void }>();
  private lastTimer = 0;
  ratio = 1;
  /** Calls of each method of all contexts. */
  readonly calls = new Map<string, number>();
  /** What drawImage was given, and whether neighbouring pixels were mixed for it. */
  readonly drawn: { readonly source: unknown; readonly smooth: unknown }[] = [];

  createCanvas(): HTMLCanvasElement {
    const context = new Proxy({} as Record<string, unknown>, {
      get: (target, name: string) =>
        name in target
          ? target[name]
          : name === "measureText"
            ? (text: string) => ({ width: text.length * 7 })
            : (source: unknown) => {
                this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
                if (name === "drawImage") this.drawn.push({ source, smooth: target.imageSmoothingEnabled });
              },
      set: (target, name: string, value) => {
        target[name] = value;
        return true;
      },
    });
    const canvas = document.createElement("canvas");
    canvas.getContext = (() => context) as unknown as HTMLCanvasElement["getContext"];
    return canvas;
  }

  imageData(): ImageData {
    return {} as ImageData;
  }

  requestFrame(callback: (time: number) => void): number {
    this.frames.push(callback);
    return this.frames.length;
  }

  cancelFrame(): void {
    this.frames = [];
  }

  setTimer(callback: () => void, ms: number): number {
    this.lastTimer += 1;
    this.timers.set(this.lastTimer, { at: this.time + ms, callback });
    return this.lastTimer;
  }

  clearTimer(handle: number): void {
    this.timers.delete(handle);
  }

  pixelRatio(): number {
    return this.ratio;
  }

  now(): number {
    return this.time;
  }

  calmMotion(): boolean {
    return true;
  }

  frame(): void {
    const due = this.frames;
    this.frames = [];
    for (const callback of due) callback(this.time);
  }

  pass(ms: number): void {
    this.time += ms;
    for (const [handle, timer] of [...this.timers]) {
      if (timer.at > this.time) continue;
      this.timers.delete(handle);
      timer.callback();
    }
    this.frame();
  }
}

export function testShape(id: string, bbox: Box): BoxShape {
  return { id, bbox, colour: "#ff0000", label: id, style: "solid", mark: null, calm: false };
}

/** `count` boxes of 20 × 20 px on a grid with a pitch of 50 px, a hundred to a row. */
export function gridShapes(count: number): BoxShape[] {
  return Array.from({ length: count }, (_, n) => {
    const [x, y] = [(n % 100) * 50, Math.floor(n / 100) * 50];
    return testShape(`s${n}`, [x, y, x + 20, y + 20]);
  });
}

/** `count` polygons of `points` vertices around the centres of that grid's places. */
export function gridPolygons(count: number, points = 20): PolygonShape[] {
  return gridShapes(count).map((shape) => {
    const [x1, y1, x2, y2] = shape.bbox;
    const ring = Array.from({ length: 2 * points }, (_, n) => {
      const turn = (Math.floor(n / 2) / points) * 2 * Math.PI;
      return n % 2 === 0 ? (x1 + x2) / 2 + 10 * Math.cos(turn) : (y1 + y2) / 2 + 10 * Math.sin(turn);
    });
    return { ...shape, kind: "polygon", rings: [ring] };
  });
}
