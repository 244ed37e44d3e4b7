import type { Size } from "../geometry/boxes";
import type { Rle } from "../masks/rle";
import type { StageHost } from "./layers";
import type { MaskStore } from "./maskStore";
import type { Shape } from "./shape";
import { StrokeSight } from "./strokeSight";

/** What the queue needs of the stage. */
export interface StrokePlace {
  readonly imageSize: Size;
  readonly selectedId: string | null;
  readonly drawingColour: string;
  shape(id: string): Shape | null;
  /** The strokes in sight are others now. */
  shown(strokes: readonly StrokeSight[]): void;
  changeMask(id: string, rle: Rle | null): void;
  drawMask(rle: Rle): void;
}

/** Strokes of the brush on their way into masks, one after the other, off the main thread. */
export class StrokeQueue {
  private strokes: readonly StrokeSight[] = [];
  private last: Promise<void> = Promise.resolve();
  /** Strokes that belong to a picture that is gone change nothing any more. */
  private picture = 0;
  private waiting = 0;

  constructor(
    private readonly host: StageHost,
    private readonly masks: MaskStore,
    private readonly place: StrokePlace,
  ) {}

  /** All strokes so far have become masks. */
  get done(): Promise<void> {
    return this.last;
  }

  /** True while there are some that have not. */
  get busy(): boolean {
    return this.waiting > 0;
  }

  start(target: string | null, erase: boolean): StrokeSight {
    const { imageSize, drawingColour } = this.place;
    const colour = (target === null ? null : this.place.shape(target)?.colour) ?? drawingColour;
    const stroke = new StrokeSight(this.host, imageSize, target, erase, colour);
    this.show([...this.strokes, stroke]);
    return stroke;
  }

  private show(strokes: readonly StrokeSight[]): void {
    this.strokes = strokes;
    this.place.shown(strokes);
  }

  drop(stroke: StrokeSight): void {
    this.show(this.strokes.filter((one) => one !== stroke));
  }

  dropAll(): void {
    this.picture += 1;
    this.show([]);
  }

  /** The stroke stays in sight until the mask that has it is there, so that nothing flickers in between. */
  commit(stroke: StrokeSight): void {
    const { picture } = this;
    const follows = this.strokes.length > 1;
    this.waiting += 1;
    this.last = this.last
      .then(() => (picture === this.picture ? this.join(stroke, this.target(stroke, follows)) : undefined))
      .catch((error: unknown) => console.error(error))
      .finally(() => {
        this.waiting -= 1;
        this.drop(stroke);
      });
  }

  /** A stroke begun before the one before it had become a mask goes on with that mask. */
  private target(stroke: StrokeSight, follows: boolean): string | null {
    const { selectedId } = this.place;
    if (stroke.target !== null || !follows || selectedId === null) return stroke.target;
    return this.place.shape(selectedId)?.kind === "mask" ? selectedId : null;
  }

  private async join(stroke: StrokeSight, target: string | null): Promise<void> {
    const { width, height } = this.place.imageSize;
    const shape = target === null ? null : this.place.shape(target);
    const base = shape?.kind === "mask" ? shape.rle : null;
    const crop = stroke.finish();
    if (crop === null || (target !== null && base === null)) return;
    const { picture } = this;
    const colour = shape?.colour ?? this.place.drawingColour;
    const rle = await this.masks.join(base, crop, { size: [height, width], erase: stroke.erase, colour });
    if (picture !== this.picture) return;
    if (target === null) {
      if (rle !== null) this.place.drawMask(rle);
    } else if (rle?.counts !== base?.counts) this.place.changeMask(target, rle);
  }
}
