import type { Box } from "../geometry/boxes";
import type { StageHost } from "./layers";
import type { Shape } from "./shape";

/** A stand-in for the browser: canvases that record nothing, frames and timers that run when told to. */
export class TestHost implements StageHost {
  time = 0;
  private frames: ((time: number) => void)[] = [];
  private readonly timers = new Map<number, { at: number; callback: () => void }>();
  private lastTimer = 0;

  createCanvas(): HTMLCanvasElement {
    const context = new Proxy({} as Record<string, unknown>, {
      get: (target, name: string) =>
        name in target
          ? target[name]
          : name === "measureText"
            ? (text: string) => ({ width: text.length * 7 })
            : () => {},
      set: (target, name: string, value) => {
        target[name] = value;
        return true;
      },
    });
    const canvas = document.createElement("canvas");
    canvas.getContext = (() => context) as unknown as HTMLCanvasElement["getContext"];
    return canvas;
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
    return 1;
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

export function testShape(id: string, bbox: Box): Shape {
  return { id, bbox, colour: "#ff0000", label: id, style: "solid", mark: null, calm: false };
}

/** `count` boxes of 20 × 20 px on a grid with a pitch of 50 px, a hundred to a row. */
export function gridShapes(count: number): Shape[] {
  return Array.from({ length: count }, (_, n) => {
    const [x, y] = [(n % 100) * 50, Math.floor(n / 100) * 50];
    return testShape(`s${n}`, [x, y, x + 20, y + 20]);
  });
}
