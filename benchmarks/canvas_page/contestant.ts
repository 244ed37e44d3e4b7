import type { Scene } from "./scene";

export interface Redraws {
  readonly drawn: number;
  readonly culled: number;
  readonly blits: number;
  readonly image: number;
  readonly shapes: number;
  readonly overlay: number;
}

/** A canvas that is measured. Each call changes what is seen once; the frame after it is timed. */
export interface Contestant {
  mount(place: HTMLElement, scene: Scene): Promise<void>;
  fit(): void;
  /** About the middle of the canvas. */
  zoom(factor: number): void;
  pan(dx: number, dy: number): void;
  startDrag(): void;
  /** Moves the dragged box on by screen pixels. */
  drag(dx: number, dy: number): void;
  endDrag(): void;
  readonly moving: boolean;
  /** What was redrawn so far, where that is counted. */
  counters(): Redraws | null;
  unmount(): void;
}
