import type { Box, Size } from "../geometry/boxes";
import type { ScreenPoint } from "../geometry/points";
import type { StageHost } from "./layers";
import { fitView, mixViews, panBy, revealView, type Viewport, viewOfBox, zoomAt } from "./viewport";

/** Until this long after the last wheel or pan event the view counts as moving. */
const SETTLE_MS = 120;
const EASE_MS = 180;

export interface CameraEvents {
  /** The view is another one. */
  changed(view: Viewport): void;
  /** A gesture has come to rest: what was drawn in a hurry can be drawn well. */
  settled(): void;
  /** A frame is wanted although nothing has changed yet. */
  wake(): void;
}

/** Where one looks: fitted until a person zooms or pans, eased to a target, moving until it has rested. */
export class Camera {
  view: Viewport = { scale: 1, x: 0, y: 0 };
  private size: Size = { width: 0, height: 0 };
  private image: Size = { width: 1, height: 1 };
  private settleTimer: number | null = null;
  private easing: { from: Viewport; to: Viewport; start: number } | null = null;
  private fitted = true;
  /** True once a person zoomed or panned: then the camera keeps their scale. */
  private chosen = false;

  constructor(
    private readonly host: StageHost,
    private readonly events: CameraEvents,
  ) {}

  get moving(): boolean {
    return this.settleTimer !== null || this.easing !== null;
  }

  get easingNow(): boolean {
    return this.easing !== null;
  }

  destroy(): void {
    if (this.settleTimer !== null) this.host.clearTimer(this.settleTimer);
  }

  /** The canvas or the image has another size. */
  setSizes(size: Size, image: Size): void {
    this.size = size;
    this.image = image;
    if (this.fitted) this.setView(fitView(image, size));
  }

  fit(): void {
    this.fitted = true;
    this.chosen = false;
    this.easeTo(fitView(this.image, this.size));
  }

  /** Fits at once, without easing: for a new item. */
  fitNow(): void {
    this.fitted = true;
    this.chosen = false;
    this.easing = null;
    this.setView(fitView(this.image, this.size));
  }

  zoomAt(at: ScreenPoint, factor: number): void {
    this.startMoving();
    this.setView(zoomAt(this.view, at, factor, this.image, this.size));
  }

  panBy(dx: number, dy: number): void {
    this.startMoving();
    this.setView(panBy(this.view, dx, dy, this.image, this.size));
  }

  zoomTo(box: Box): void {
    this.fitted = false;
    this.chosen = true;
    this.easeTo(viewOfBox(box, this.image, this.size));
  }

  /** Moves the view only if the box cannot be seen well as it is: no needless camera jumps. */
  reveal(box: Box): boolean {
    const view = this.easing?.to ?? this.view;
    const to = revealView(view, box, this.image, this.size, this.chosen);
    if (to === null) return false;
    this.fitted = false;
    this.easeTo(to);
    return true;
  }

  /** Moves an easing on; to be called at the start of a frame. */
  step(): void {
    if (this.easing === null) return;
    const { from, to, start } = this.easing;
    const t = Math.min((this.host.now() - start) / EASE_MS, 1);
    if (t >= 1) {
      this.easing = null;
      this.events.settled();
    }
    this.setView(mixViews(from, to, 1 - (1 - t) ** 3));
  }

  private easeTo(to: Viewport): void {
    if (this.host.calmMotion()) {
      this.setView(to);
      return;
    }
    this.easing = { from: this.view, to, start: this.host.now() };
    this.events.wake();
  }

  private setView(view: Viewport): void {
    this.view = view;
    this.events.changed(view);
  }

  private startMoving(): void {
    this.fitted = false;
    this.chosen = true;
    this.easing = null;
    if (this.settleTimer !== null) this.host.clearTimer(this.settleTimer);
    this.settleTimer = this.host.setTimer(() => {
      this.settleTimer = null;
      this.events.settled();
    }, SETTLE_MS);
  }
}
