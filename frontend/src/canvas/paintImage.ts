import type { Viewport } from "./viewport";

/** A picture to draw; `width` and `height` are the item's, also while only a thumbnail stands in for it. */
export interface Picture {
  readonly source: CanvasImageSource;
  readonly width: number;
  readonly height: number;
  /** Half-size copy, drawn when the picture is shown at half size or less, and up to full size while the view moves. */
  readonly half?: CanvasImageSource | null;
  readonly preview: boolean;
}

export function paintImage(
  context: CanvasRenderingContext2D,
  view: Viewport,
  picture: Picture,
  ratio: number,
  moving = false,
): void {
  const shrunk = view.scale * ratio <= (moving ? 1 : 0.5) && picture.half != null;
  const source = shrunk && picture.half != null ? picture.half : picture.source;
  // Beyond 3:1 pixels are shown as squares: a person placing an edge wants to see the pixel, not a blur of it.
  context.imageSmoothingEnabled = view.scale * ratio < 3 || picture.preview;
  context.imageSmoothingQuality = view.scale * ratio < 1 && !moving ? "medium" : "low";
  if (picture.preview) context.filter = "blur(4px)";
  context.drawImage(source, view.x, view.y, picture.width * view.scale, picture.height * view.scale);
  if (picture.preview) context.filter = "none";
}
