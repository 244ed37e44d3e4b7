import type { Box, MovedPart, Size } from "../geometry/boxes";
import type { ScreenPoint } from "../geometry/points";
import { type HitQuery, hitNext, hitTest, MOUSE_TOLERANCE_PX } from "./hitTest";
import { TextWidths } from "./labels";
import {
  browserHost,
  type Counters,
  LAYER_NAMES,
  Layer,
  type LayerName,
  newCounters,
  type StageHost,
} from "./layers";
import { type Picture, paintImage } from "./paintImage";
import { paintOverlay } from "./paintOverlay";
import { paintShapes } from "./paintShapes";
import type { LabelMode, Shape } from "./shape";
import { ShapeIndex } from "./shapeIndex";
import { Snapshot } from "./snapshot";
import type { ToolContext } from "./tools/tool";
import {
  boxToScreen,
  fitView,
  mixViews,
  panBy,
  revealView,
  type Viewport,
  viewOfBox,
  visibleBox,
  zoomAt,
} from "./viewport";

export interface StageEvents {
  select?(id: string | null): void;
  change?(id: string, box: Box): void;
  draw?(box: Box): void;
  view?(view: Viewport): void;
}

/** Until this long after the last wheel or pan event the view counts as moving. */
const SETTLE_MS = 120;
/** With fewer shapes in sight a sharp redraw is as cheap as copying the layer. */
const BLIT_FROM_SHAPES = 200;
const EASE_MS = 180;
const REST_RATIO_CAP = 2;
const MOVING_RATIO_CAP = 1.5;

/** Three stacked canvases (image, shapes, overlay); only dirty ones are redrawn, all within one animation frame. */
export class Stage implements ToolContext {
  readonly counters: Counters = newCounters();
  private readonly layers: Record<LayerName, Layer>;
  private readonly widths = new TextWidths();
  private readonly snapshot: Snapshot;
  private view: Viewport = { scale: 1, x: 0, y: 0 };
  private size: Size = { width: 0, height: 0 };
  private picture: Picture | null = null;
  private index = new ShapeIndex([]);
  private selected: string | null = null;
  private hovered: string | null = null;
  private dragged: { readonly id: string; readonly box: Box } | null = null;
  private drawn: Box | null = null;
  private cross: ScreenPoint | null = null;
  private ghosts: readonly Shape[] = [];
  private labels: LabelMode = "all";
  private drawingColour = "#2563eb";
  private part: MovedPart = "box";
  private frame: number | null = null;
  private settleTimer: number | null = null;
  private easing: { from: Viewport; to: Viewport; start: number } | null = null;
  private fitted = true;
  /** True once a person zoomed or panned: then the camera keeps their scale. */
  private chosen = false;
  tolerance = MOUSE_TOLERANCE_PX;
  private mayEdit = true;

  constructor(
    container: HTMLElement,
    private readonly events: StageEvents = {},
    private readonly host: StageHost = browserHost,
  ) {
    this.layers = {
      image: new Layer(host, "image"),
      shapes: new Layer(host, "shapes"),
      overlay: new Layer(host, "overlay"),
    };
    for (const name of LAYER_NAMES) container.append(this.layers[name].canvas);
    this.snapshot = new Snapshot(host);
  }

  get imageSize(): Size {
    return this.picture ?? { width: 1, height: 1 };
  }

  get selectedId(): string | null {
    return this.selected;
  }

  get viewport(): Viewport {
    return this.view;
  }

  get moving(): boolean {
    return this.settleTimer !== null || this.easing !== null;
  }

  destroy(): void {
    if (this.frame !== null) this.host.cancelFrame(this.frame);
    if (this.settleTimer !== null) this.host.clearTimer(this.settleTimer);
    for (const name of LAYER_NAMES) this.layers[name].canvas.remove();
  }

  // What is shown

  resize(size: Size): void {
    if (size.width === this.size.width && size.height === this.size.height) return;
    this.size = size;
    if (this.fitted) this.setView(fitView(this.imageSize, size));
    this.mark("image", "shapes", "overlay");
  }

  setPicture(picture: Picture | null): void {
    const before = this.picture;
    this.picture = picture;
    const sameSize =
      before !== null &&
      picture !== null &&
      before.width === picture.width &&
      before.height === picture.height;
    if (!sameSize && this.fitted) this.setView(fitView(this.imageSize, this.size));
    this.mark("image");
  }

  setShapes(shapes: readonly Shape[]): void {
    this.index = new ShapeIndex(shapes);
    this.snapshot.drop();
    this.mark("shapes", "overlay");
  }

  setSelected(id: string | null): void {
    if (id === this.selected) return;
    this.selected = id;
    this.snapshot.drop();
    this.mark("shapes", "overlay");
  }

  setGhosts(ghosts: readonly Shape[]): void {
    this.ghosts = ghosts;
    this.mark("overlay");
  }

  setLabels(mode: LabelMode): void {
    if (mode === this.labels) return;
    this.labels = mode;
    this.snapshot.drop();
    this.mark("shapes", "overlay");
  }

  get editable(): boolean {
    return this.mayEdit;
  }

  setEditable(editable: boolean): void {
    if (editable === this.mayEdit) return;
    this.mayEdit = editable;
    this.mark("overlay");
  }

  setPart(part: MovedPart): void {
    if (part === this.part) return;
    this.part = part;
    this.mark("overlay");
  }

  setDrawingColour(colour: string): void {
    this.drawingColour = colour;
  }

  // View

  fit(): void {
    this.fitted = true;
    this.chosen = false;
    this.easeTo(fitView(this.imageSize, this.size));
  }

  /** Fits at once, without easing: for a new item. */
  fitNow(): void {
    this.fitted = true;
    this.chosen = false;
    this.easing = null;
    this.setView(fitView(this.imageSize, this.size));
  }

  zoomAt(at: ScreenPoint, factor: number): void {
    this.fitted = false;
    this.chosen = true;
    this.easing = null;
    this.startMoving();
    this.setView(zoomAt(this.view, at, factor, this.imageSize, this.size));
  }

  panBy(dx: number, dy: number): void {
    this.fitted = false;
    this.chosen = true;
    this.easing = null;
    this.startMoving();
    this.setView(panBy(this.view, dx, dy, this.imageSize, this.size));
  }

  zoomTo(box: Box): void {
    this.fitted = false;
    this.chosen = true;
    this.easeTo(viewOfBox(box, this.imageSize, this.size));
  }

  /** Moves the view only if the box cannot be seen well as it is: no needless camera jumps. */
  reveal(box: Box): boolean {
    const view = this.easing?.to ?? this.view;
    const to = revealView(view, box, this.imageSize, this.size, this.chosen);
    if (to === null) return false;
    this.fitted = false;
    this.easeTo(to);
    return true;
  }

  private easeTo(to: Viewport): void {
    if (this.host.calmMotion()) {
      this.setView(to);
      return;
    }
    this.easing = { from: this.view, to, start: this.host.now() };
    this.mark("image", "shapes", "overlay");
  }

  private setView(view: Viewport): void {
    this.view = view;
    this.mark("image", "shapes", "overlay");
    this.events.view?.(view);
  }

  private startMoving(): void {
    if (this.settleTimer !== null) this.host.clearTimer(this.settleTimer);
    this.settleTimer = this.host.setTimer(() => {
      this.settleTimer = null;
      this.snapshot.drop();
      this.mark("image", "shapes", "overlay");
    }, SETTLE_MS);
  }

  // What tools see and do

  shape(id: string): Shape | null {
    return this.index.get(id);
  }

  private query(at: ScreenPoint): HitQuery {
    return {
      at,
      view: this.view,
      index: this.index,
      selectedId: this.editable ? this.selected : null,
      tolerance: this.tolerance,
    };
  }

  hit(at: ScreenPoint) {
    return hitTest(this.query(at));
  }

  hitNext(at: ScreenPoint) {
    return hitNext({ ...this.query(at), selectedId: this.selected });
  }

  select(id: string | null): void {
    this.setSelected(id);
    this.events.select?.(id);
  }

  hover(id: string | null): void {
    if (id === this.hovered) return;
    this.hovered = id;
    this.mark("overlay");
  }

  preview(id: string, box: Box | null): void {
    this.dragged = box === null ? null : { id, box };
    this.mark("overlay");
  }

  drawing(box: Box | null): void {
    this.drawn = box;
    this.mark("overlay");
  }

  crosshair(at: ScreenPoint | null): void {
    if (at === null && this.cross === null) return;
    this.cross = at;
    this.mark("overlay");
  }

  commitChange(id: string, box: Box): void {
    this.events.change?.(id, box);
  }

  commitNew(box: Box): void {
    this.events.draw?.(box);
  }

  /** Where a shape is on the canvas, in CSS pixels; null when it is not shown. */
  toScreen(id: string): Box | null {
    const shape = this.index.get(id);
    return shape === null ? null : boxToScreen(this.view, shape.bbox);
  }

  // Drawing

  private mark(...names: LayerName[]): void {
    for (const name of names) this.layers[name].dirty = true;
    if (this.frame === null) this.frame = this.host.requestFrame((time) => this.draw(time));
  }

  private stepEasing(): void {
    if (this.easing === null) return;
    const { from, to, start } = this.easing;
    const t = Math.min((this.host.now() - start) / EASE_MS, 1);
    if (t >= 1) {
      this.easing = null;
      this.snapshot.drop();
    }
    this.setView(mixViews(from, to, 1 - (1 - t) ** 3));
  }

  private draw(_time: number): void {
    this.stepEasing();
    this.frame = null;
    if (this.size.width === 0 || this.size.height === 0) return;
    this.counters.frames += 1;
    const ratio = this.host.pixelRatio();
    const rest = Math.min(ratio, REST_RATIO_CAP);
    if (this.layers.image.dirty)
      this.drawImage(Math.min(ratio, this.moving ? MOVING_RATIO_CAP : REST_RATIO_CAP));
    if (this.layers.shapes.dirty) this.drawShapes(rest);
    if (this.layers.overlay.dirty) this.drawOverlay(rest);
    if (this.easing !== null) this.mark("image", "shapes", "overlay");
  }

  private drawImage(ratio: number): void {
    const context = this.layers.image.begin(this.size, ratio);
    this.counters.layerRedraws.image += 1;
    if (this.picture !== null) paintImage(context, this.view, this.picture, ratio);
  }

  private drawShapes(ratio: number): void {
    const layer = this.layers.shapes;
    this.counters.layerRedraws.shapes += 1;
    if (this.moving && this.counters.drawn >= BLIT_FROM_SHAPES) {
      this.snapshot.take(layer.canvas, this.shownView, this.size);
      this.snapshot.paint(layer.begin(this.size, ratio), this.view);
      this.counters.blits += 1;
      return;
    }
    const context = layer.begin(this.size, ratio);
    const seen = this.index.within(visibleBox(this.view, this.size));
    // The selected shape is drawn on the overlay alone, so that dragging it leaves this layer untouched.
    const shapes = seen.filter((shape) => shape.id !== this.selected);
    this.counters.drawn = shapes.length;
    this.counters.culled = this.index.shapes.length - seen.length;
    this.shownView = this.view;
    paintShapes({ context, view: this.view, shapes, labels: this.labels, widths: this.widths });
  }

  private shownView: Viewport = this.view;

  private drawOverlay(ratio: number): void {
    const context = this.layers.overlay.begin(this.size, ratio);
    this.counters.layerRedraws.overlay += 1;
    const selected = this.index.get(this.selected);
    const box = selected !== null && this.dragged?.id === selected.id ? this.dragged.box : selected?.bbox;
    paintOverlay({
      context,
      view: this.view,
      canvas: this.size,
      image: this.imageSize,
      selected: selected === null || box === undefined ? null : { ...selected, bbox: box },
      hovered: this.dragged === null ? this.index.get(this.hovered) : null,
      ghosts: this.ghosts,
      drawing: this.drawn,
      drawingColour: this.drawingColour,
      crosshair: this.cross,
      labels: this.labels,
      widths: this.widths,
      editable: this.editable,
      part: this.part,
    });
  }
}
