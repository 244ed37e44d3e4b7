import type { Box, MovedPart, Size } from "../geometry/boxes";
import type { ImagePoint, ScreenPoint } from "../geometry/points";
import { type Rings, ringsBox } from "../geometry/polygons";
import { type MaskThread, newMaskThread } from "../masks/maskThread";
import { Camera } from "./camera";
import { type HitQuery, hitNext, hitTest, MOUSE_TOLERANCE_PX } from "./hitTest";
import { TextWidths } from "./labels";
import {
  BACKDROP,
  browserHost,
  type Counters,
  LAYER_NAMES,
  Layer,
  type LayerName,
  newCounters,
  type StageHost,
} from "./layers";
import { type MaskArt, MaskStore } from "./maskStore";
import { type Picture, paintImage } from "./paintImage";
import { paintOverlay } from "./paintOverlay";
import { paintShapes } from "./paintShapes";
import type { Proposal, Question } from "./proposal";
import { type LabelMode, type MaskShape, paintCost, type Shape } from "./shape";
import { ShapeIndex } from "./shapeIndex";
import { noSights, nothingInSight, type Sights } from "./sights";
import { SNAP_PX, type Snap, snapPoint } from "./snapping";
import { isSpent, Snapshot } from "./snapshot";
import type { StageEvents } from "./stageEvents";
import { type StrokePlace, StrokeQueue } from "./strokeQueue";
import type { StrokeSight } from "./strokeSight";
import type { ToolContext } from "./tools/tool";
import { boxToScreen, toScreen, type Viewport, visibleBox } from "./viewport";

/** With less than so many boxes in sight a sharp redraw is as cheap as copying the layer. */
const BLIT_FROM_COST = 200;
/** While the view moves, shapes are drawn sharp at most this often. */
const SHARP_EVERY_MS = 200;
const REST_RATIO_CAP = 2;
const MOVING_RATIO_CAP = 1.5;

/** Three stacked canvases (image, shapes, overlay); only dirty ones are redrawn, all within one animation frame. */
export class Stage implements ToolContext {
  readonly counters: Counters = newCounters();
  private readonly layers: Record<LayerName, Layer>;
  private readonly widths = new TextWidths();
  private readonly snapshot: Snapshot;
  private readonly camera: Camera;
  private readonly masks: MaskStore;
  private readonly strokes: StrokeQueue;
  private readonly sights: Sights = noSights();
  private size: Size = { width: 0, height: 0 };
  private picture: Picture | null = null;
  private index = new ShapeIndex([]);
  private selected: string | null = null;
  private ghosts: readonly Shape[] = [];
  private labels: LabelMode = "all";
  private drawingColour = "#2563eb";
  private part: MovedPart = "box";
  private frame: number | null = null;
  private overlayEmpty = false;
  /** The last sharp drawing of the shapes: from where, when, and what it took. */
  private sharp = { view: { scale: 1, x: 0, y: 0 } as Viewport, at: 0, cost: 0 };
  tolerance = MOUSE_TOLERANCE_PX;
  private mayEdit = true;

  constructor(
    container: HTMLElement,
    private readonly events: StageEvents = {},
    private readonly host: StageHost = browserHost,
    masks: MaskThread = newMaskThread(),
  ) {
    this.layers = {
      image: new Layer(host, "image"),
      shapes: new Layer(host, "shapes"),
      overlay: new Layer(host, "overlay"),
    };
    for (const name of LAYER_NAMES) container.append(this.layers[name].canvas);
    container.style.backgroundColor = BACKDROP;
    this.snapshot = new Snapshot(host);
    this.masks = new MaskStore(masks, host, () => this.redrawShapes());
    this.strokes = new StrokeQueue(host, this.masks, this.strokePlace());
    this.camera = new Camera(host, {
      changed: (view) => {
        this.mark("image", "shapes", "overlay");
        this.events.view?.(view);
      },
      settled: () => {
        this.snapshot.drop();
        this.mark("image", "shapes", "overlay");
      },
      wake: () => this.mark("image", "shapes", "overlay"),
    });
  }

  private strokePlace(): StrokePlace {
    const stage = this;
    return {
      get imageSize() {
        return stage.imageSize;
      },
      get selectedId() {
        return stage.selected;
      },
      get drawingColour() {
        return stage.drawingColour;
      },
      shape: (id) => stage.shape(id),
      shown: (strokes) => stage.show({ strokes }),
      changeMask: (id, rle) => stage.events.changeMask?.(id, rle),
      drawMask: (rle) => stage.events.drawMask?.(rle),
    };
  }

  get imageSize(): Size {
    return this.picture ?? { width: 1, height: 1 };
  }

  get selectedId(): string | null {
    return this.selected;
  }

  get viewport(): Viewport {
    return this.camera.view;
  }

  get moving(): boolean {
    return this.camera.moving;
  }

  destroy(): void {
    if (this.frame !== null) this.host.cancelFrame(this.frame);
    this.camera.destroy();
    this.masks.destroy();
    for (const name of LAYER_NAMES) this.layers[name].canvas.remove();
  }

  // What is shown

  resize(size: Size): void {
    if (size.width === this.size.width && size.height === this.size.height) return;
    this.size = size;
    this.camera.setSizes(size, this.imageSize);
    this.redrawShapes();
    this.mark("image");
  }

  setPicture(picture: Picture | null): void {
    const before = this.imageSize;
    this.picture = picture;
    const { width, height } = this.imageSize;
    if (before.width !== width || before.height !== height) this.camera.setSizes(this.size, this.imageSize);
    this.mark("image");
  }

  setShapes(shapes: readonly Shape[]): void {
    this.index = new ShapeIndex(shapes);
    this.masks.keep(shapes);
    this.redrawShapes();
  }

  setSelected(id: string | null): void {
    if (id === this.selected) return;
    this.selected = id;
    this.redrawShapes();
  }

  setGhosts(ghosts: readonly Shape[]): void {
    this.ghosts = ghosts;
    this.mark("overlay");
  }

  setLabels(mode: LabelMode): void {
    if (mode === this.labels) return;
    this.labels = mode;
    this.redrawShapes();
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

  fit = (): void => this.camera.fit();
  /** For a new item: fits at once, and what was on its way to the last one's masks is dropped. */
  fitNow = (): void => {
    this.strokes.dropAll();
    this.camera.fitNow();
  };
  zoomAt = (at: ScreenPoint, factor: number): void => this.camera.zoomAt(at, factor);
  panBy = (dx: number, dy: number): void => this.camera.panBy(dx, dy);
  zoomTo = (box: Box): void => this.camera.zoomTo(box);
  reveal = (box: Box): boolean => this.camera.reveal(box);

  // What tools see and do

  shape(id: string): Shape | null {
    return this.index.get(id);
  }

  private readonly looks = (shape: MaskShape): MaskArt | null => this.masks.look(shape.rle, shape.colour);

  private query(at: ScreenPoint): HitQuery {
    return {
      at,
      view: this.viewport,
      index: this.index,
      selectedId: this.editable ? this.selected : null,
      tolerance: this.tolerance,
      looks: this.looks,
    };
  }

  hit(at: ScreenPoint) {
    return hitTest(this.query(at));
  }

  hitNext(at: ScreenPoint) {
    return hitNext({ ...this.query(at), selectedId: this.selected });
  }

  snap(at: ImagePoint, except: string | null): Snap | null {
    return snapPoint(this.index, this.imageSize, at, SNAP_PX / this.viewport.scale, except);
  }

  toScreenPoint(x: number, y: number): ScreenPoint {
    return toScreen(this.viewport, x, y);
  }

  select(id: string | null): void {
    this.setSelected(id);
    this.events.select?.(id);
  }

  /** Shows passing sights; what is the same as before costs no redraw. */
  private show(change: Partial<Sights>): void {
    const keys = Object.keys(change) as (keyof Sights)[];
    if (keys.every((key) => this.sights[key] === change[key])) return;
    Object.assign(this.sights, change);
    this.mark("overlay");
  }

  hover = (hovered: string | null): void => this.show({ hovered });
  drawing = (drawn: Box | null): void => this.show({ drawn });
  draft = (draft: Sights["draft"]): void => this.show({ draft });
  showSnap = (snap: Snap | null): void => this.show({ snap });
  markVertex = (vertex: Sights["vertex"]): void => this.show({ vertex });
  crosshair = (crosshair: ScreenPoint | null): void => this.show({ crosshair });
  brush = (brush: Sights["brush"]): void => this.show({ brush });
  showProposal = (proposal: Sights["proposal"]): void => this.show({ proposal });

  preview(id: string, box: Box | null): void {
    const shape = box === null ? null : this.index.get(id);
    this.show({ dragged: shape === null || box === null ? null : { ...shape, bbox: box } });
  }

  previewRings(id: string, rings: Rings | null): void {
    const shape = rings === null ? null : this.index.get(id);
    const polygon = shape?.kind === "polygon" && rings !== null;
    this.show({ dragged: polygon ? { ...shape, rings, bbox: ringsBox(rings) } : null });
  }

  commitChange = (id: string, box: Box): void => this.events.change?.(id, box);
  commitNew = (box: Box): void => this.events.draw?.(box);
  commitRings = (id: string, rings: Rings): void => this.events.changeRings?.(id, rings);
  commitNewRings = (rings: Rings): void => this.events.drawRings?.(rings);
  propose = async (question: Question) => (await this.events.propose?.(question)) ?? null;
  commitProposal = (proposal: Proposal): void => this.events.takeProposal?.(proposal);

  startStroke = (target: string | null, erase: boolean): StrokeSight => this.strokes.start(target, erase);
  strokeChanged = (): void => this.mark("overlay");
  dropStroke = (stroke: StrokeSight): void => this.strokes.drop(stroke);
  commitStroke = (stroke: StrokeSight): void => this.strokes.commit(stroke);
  nothingToErase = (): void => this.events.nothingToErase?.();

  /** Resolves when all strokes so far have become masks: what is submitted then holds them. */
  get strokesDone(): Promise<void> {
    return this.strokes.done;
  }

  /** True while strokes are on their way into masks. */
  get strokesWait(): boolean {
    return this.strokes.busy;
  }

  /** Where a shape is on the canvas, in CSS pixels; null when it is not shown. */
  toScreen(id: string): Box | null {
    const shape = this.index.get(id);
    return shape === null ? null : boxToScreen(this.viewport, shape.bbox);
  }

  // Drawing

  private mark(...names: LayerName[]): void {
    for (const name of names) this.layers[name].dirty = true;
    if (this.frame === null) this.frame = this.host.requestFrame((time) => this.draw(time));
  }

  /** The copy of the shapes layer no longer shows what there is. */
  private redrawShapes(): void {
    this.snapshot.drop();
    this.mark("shapes", "overlay");
  }

  private draw(_time: number): void {
    this.camera.step();
    this.frame = null;
    if (this.size.width === 0 || this.size.height === 0) return;
    this.counters.frames += 1;
    const cap = this.moving ? MOVING_RATIO_CAP : REST_RATIO_CAP;
    const ratio = Math.min(this.host.pixelRatio(), cap);
    if (this.layers.image.dirty) this.drawImage(ratio);
    if (this.layers.shapes.dirty) this.drawShapes(ratio);
    if (this.layers.overlay.dirty) this.drawOverlay(ratio);
    if (this.camera.easingNow) this.mark("image", "shapes", "overlay");
  }

  private drawImage(ratio: number): void {
    const context = this.layers.image.begin(this.size, ratio);
    this.counters.layerRedraws.image += 1;
    if (this.picture !== null) paintImage(context, this.viewport, this.picture, ratio, this.moving);
  }

  /** While the view moves over many shapes: a copy of the last sharp drawing, as long as that does. */
  private mayBlit(): boolean {
    if (!this.moving || this.sharp.cost < BLIT_FROM_COST) return false;
    if (this.host.now() - this.sharp.at < SHARP_EVERY_MS) return true;
    return !isSpent(this.sharp.view, this.viewport, this.imageSize, this.size);
  }

  private drawShapes(ratio: number): void {
    const layer = this.layers.shapes;
    this.counters.layerRedraws.shapes += 1;
    if (this.mayBlit()) {
      this.snapshot.take(layer.canvas, this.sharp.view, this.size);
      this.snapshot.paint(layer.begin(this.size, ratio), this.viewport);
      this.counters.blits += 1;
      return;
    }
    this.snapshot.drop();
    const context = layer.begin(this.size, ratio);
    const seen = this.index.within(visibleBox(this.viewport, this.size));
    // The selected shape is drawn on the overlay alone, so that dragging it leaves this layer untouched.
    const shapes = seen.filter((shape) => shape.id !== this.selected);
    this.counters.drawn = shapes.length;
    this.counters.culled = this.index.shapes.length - seen.length;
    const cost = shapes.reduce((sum, shape) => sum + paintCost(shape), 0);
    this.sharp = { view: this.viewport, at: this.host.now(), cost };
    const { widths, looks, labels } = this;
    paintShapes({ context, view: this.viewport, shapes, labels, widths, looks });
  }

  private drawOverlay(ratio: number): void {
    const selected = this.index.get(this.selected);
    const wasEmpty = this.overlayEmpty;
    this.overlayEmpty = selected === null && this.ghosts.length === 0 && nothingInSight(this.sights);
    this.layers.overlay.dirty = false;
    // Clearing what is empty would make the browser compose the page anew.
    if (wasEmpty && this.overlayEmpty) return;
    const context = this.layers.overlay.begin(this.size, ratio);
    this.counters.layerRedraws.overlay += 1;
    const { dragged, hovered } = this.sights;
    paintOverlay({
      context,
      view: this.viewport,
      canvas: this.size,
      image: this.imageSize,
      selected: selected !== null && dragged?.id === selected.id ? dragged : selected,
      hovered: dragged === null ? this.index.get(hovered) : null,
      ghosts: this.ghosts,
      sights: this.sights,
      drawingColour: this.drawingColour,
      labels: this.labels,
      widths: this.widths,
      looks: this.looks,
      editable: this.editable,
      part: this.part,
    });
  }
}
