import type { Viewport } from "./viewport";

/** A picture to draw; `width` and `height` are the item's, also while only a thumbnail stands in for it. */
export interface Picture {
  readonly source: CanvasImageSource;
  readonly width: number;
  readonly height: number;
  /** Smaller copies of the source, each half the size of the one before. */
  readonly levels?: readonly CanvasImageSource[];
  readonly preview: boolean;
}

/**
 * Which copy to draw when a pixel of the picture takes `shown` of the screen: 0 is the source, n is 2^-n of its size. It
 * is the smallest one that still has a pixel for each of the screen's; while the view moves, never the source where a
 * copy will do: a screen of high density and a picture of 100 megapixels are drawn in less time from the half.
 */
export function levelFor(shown: number, copies: number, moving: boolean): number {
  const wanted = Math.floor(-Math.log2(shown));
  return Math.min(Math.max(wanted, moving && shown <= 1 ? 1 : 0), copies);
}

export function paintImage(
  context: CanvasRenderingContext2D,
  view: Viewport,
  picture: Picture,
  ratio: number,
  moving = false,
): void {
  const copies = picture.levels ?? [];
  const shown = view.scale * ratio;
  const source = copies[levelFor(shown, copies.length, moving) - 1] ?? picture.source;
  // Beyond 3:1 pixels are shown as squares: a person placing an edge wants to see the pixel, not a blur of it.
  context.imageSmoothingEnabled = shown < 3 || picture.preview;
  context.imageSmoothingQuality = shown < 1 && !moving ? "medium" : "low";
  if (picture.preview) context.filter = "blur(4px)";
  context.drawImage(source, view.x, view.y, picture.width * view.scale, picture.height * view.scale);
  if (picture.preview) context.filter = "none";
}
