/** Points in two spaces that must never be mixed: image pixels (upright image) and CSS pixels of the canvas. */
declare const space: unique symbol;

export interface ImagePoint {
  readonly x: number;
  readonly y: number;
  readonly [space]: "image";
}

export interface ScreenPoint {
  readonly x: number;
  readonly y: number;
  readonly [space]: "screen";
}

export function imagePoint(x: number, y: number): ImagePoint {
  return { x, y } as ImagePoint;
}

export function screenPoint(x: number, y: number): ScreenPoint {
  return { x, y } as ScreenPoint;
}

export function distance(a: ScreenPoint, b: ScreenPoint): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
