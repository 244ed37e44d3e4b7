import { type ScreenPoint, screenPoint } from "../geometry/points";
import { MOUSE_TOLERANCE_PX, TOUCH_TOLERANCE_PX } from "./hitTest";
import type { Stage } from "./stage";
import { PanTool } from "./tools/pan";
import type { Tool, ToolEvent } from "./tools/tool";
import { toImage } from "./viewport";

export type WheelIntent = "zoom" | "pan";

/** A mouse wheel zooms; two fingers on a trackpad pan, and pinch (Ctrl + wheel) zooms. */
export function wheelIntent(event: {
  ctrlKey: boolean;
  deltaX: number;
  deltaY: number;
  deltaMode: number;
}): WheelIntent {
  if (event.ctrlKey || event.deltaMode !== 0) return "zoom";
  if (event.deltaX !== 0) return "pan";
  // A notch of a wheel is 100 px or more; a trackpad sends many small, often fractional, steps.
  return Math.abs(event.deltaY) < 40 ? "pan" : "zoom";
}

export function wheelFactor(event: { ctrlKey: boolean; deltaY: number; deltaMode: number }): number {
  const lines = event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 300 : 1;
  const delta = Math.max(-400, Math.min(400, event.deltaY * lines));
  return Math.exp(-delta * (event.ctrlKey && event.deltaMode === 0 ? 0.01 : 0.0016));
}

/** Joins the container's pointer and wheel events to the current tool. */
export class PointerInput {
  private readonly pan: PanTool;
  private active: { readonly tool: Tool; readonly pointerId: number } | null = null;
  private spaceHeld = false;
  private lastWheel = { at: 0, intent: "zoom" as WheelIntent };
  private readonly release: (() => void)[] = [];

  constructor(
    private readonly container: HTMLElement,
    private readonly stage: Stage,
    private tool: Tool,
  ) {
    this.pan = new PanTool(stage);
    this.listen("pointerdown", (event) => this.down(event));
    this.listen("pointermove", (event) => this.move(event));
    this.listen("pointerup", (event) => this.up(event));
    this.listen("pointercancel", () => this.interrupt());
    this.listen("lostpointercapture", (event) => this.lost(event));
    this.listen("pointerleave", () => this.current.pointerLeave());
    this.listen("wheel", (event) => this.wheel(event));
    this.listen("auxclick", (event) => event.preventDefault());
    this.listen("keydown", (event) => this.keyDown(event));
    this.showCursor();
  }

  private listen<K extends keyof HTMLElementEventMap>(
    name: K,
    handler: (event: HTMLElementEventMap[K]) => void,
  ): void {
    this.container.addEventListener(name, handler, { passive: false });
    this.release.push(() => this.container.removeEventListener(name, handler));
  }

  destroy(): void {
    for (const release of this.release) release();
  }

  setTool(tool: Tool): void {
    this.cancel();
    this.tool.pointerLeave();
    this.tool = tool;
    this.showCursor();
  }

  /** While Space is held every drag pans. */
  holdPan(held: boolean): void {
    this.spaceHeld = held;
    if (held) this.tool.pointerLeave();
    this.showCursor();
  }

  /** True when a gesture was under way. */
  cancel(): boolean {
    const tool = this.active?.tool ?? this.tool;
    this.active = null;
    const cancelled = tool.cancel();
    this.showCursor();
    return cancelled;
  }

  /** Keys that belong to the tool just now, before any command has them; true when it took the key. */
  key(name: string): boolean {
    const taken = this.tool.key?.(name) ?? false;
    if (taken) this.showCursor();
    return taken;
  }

  private keyDown(event: KeyboardEvent): void {
    if (event.isComposing || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.key(event.key)) event.preventDefault();
  }

  get busy(): boolean {
    return this.active !== null;
  }

  private get current(): Tool {
    return this.active?.tool ?? (this.spaceHeld ? this.pan : this.tool);
  }

  private point(event: MouseEvent): ScreenPoint {
    const frame = this.container.getBoundingClientRect();
    return screenPoint(event.clientX - frame.left, event.clientY - frame.top);
  }

  private toolEvent(event: MouseEvent): ToolEvent {
    const screen = this.point(event);
    const { altKey: alt, shiftKey: shift, ctrlKey, metaKey } = event;
    return { screen, image: toImage(this.stage.viewport, screen), alt, shift, ctrl: ctrlKey || metaKey };
  }

  private down(event: PointerEvent): void {
    if (this.active !== null || (event.button !== 0 && event.button !== 1)) return;
    event.preventDefault();
    this.container.focus({ preventScroll: true });
    this.stage.tolerance = event.pointerType === "touch" ? TOUCH_TOLERANCE_PX : MOUSE_TOLERANCE_PX;
    const tool = event.button === 1 || this.spaceHeld ? this.pan : this.tool;
    this.container.setPointerCapture(event.pointerId);
    this.active = { tool, pointerId: event.pointerId };
    tool.pointerDown(this.toolEvent(event));
    this.showCursor();
  }

  private move(event: PointerEvent): void {
    if (this.active === null) this.current.pointerOver(this.toolEvent(event));
    else if (this.active.pointerId === event.pointerId) this.moved(this.active.tool, event);
    this.showCursor();
  }

  /** A brush gets every position that the pointer had since the last frame: else fast strokes have corners. */
  private moved(tool: Tool, event: PointerEvent): void {
    const events = tool.coalesced === true ? (event.getCoalescedEvents?.() ?? []) : [];
    for (const one of events.length > 0 ? events : [event]) tool.pointerMove(this.toolEvent(one));
  }

  private up(event: PointerEvent): void {
    if (this.active === null || this.active.pointerId !== event.pointerId) return;
    const { tool } = this.active;
    tool.pointerMove(this.toolEvent(event));
    this.active = null;
    tool.pointerUp(this.toolEvent(event));
    this.showCursor();
  }

  private lost(event: PointerEvent): void {
    if (this.active?.pointerId === event.pointerId) this.interrupt();
  }

  private interrupt(): void {
    const tool = this.active?.tool;
    if (tool?.interrupt === undefined) {
      this.cancel();
      return;
    }
    this.active = null;
    tool.interrupt();
    this.showCursor();
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const now = event.timeStamp;
    // One burst keeps one meaning: momentum must not turn a pan into a zoom half way.
    if (now - this.lastWheel.at > 250 || event.ctrlKey) this.lastWheel.intent = wheelIntent(event);
    this.lastWheel.at = now;
    if (this.lastWheel.intent === "zoom") this.stage.zoomAt(this.point(event), wheelFactor(event));
    else this.stage.panBy(-event.deltaX, -event.deltaY);
  }

  private showCursor(): void {
    this.container.style.cursor = this.current.cursor();
  }
}
