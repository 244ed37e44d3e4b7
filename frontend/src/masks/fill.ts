import { type Rings, ringsBox } from "../geometry/polygons";
import { type Crop, EMPTY_CROP, type MaskSize } from "./crop";

/** For each of `count` lines, from `top` on and `step` apart, where the rings cross it, in ascending order. */
export function crossings(rings: Rings, top: number, count: number, step: number): number[][] {
  const lines: number[][] = Array.from({ length: count }, () => []);
  for (const ring of rings) {
    for (let n = 0, last = ring.length - 2; n < ring.length; last = n, n += 2) {
      let [ax, ay, bx, by] = [ring[last] ?? 0, ring[last + 1] ?? 0, ring[n] ?? 0, ring[n + 1] ?? 0];
      if (ay > by) [ax, ay, bx, by] = [bx, by, ax, ay];
      const first = Math.max(0, Math.ceil((ay - top) / step));
      for (let line = first; line < count && top + line * step < by; line += 1) {
        lines[line]?.push(ax + ((top + line * step - ay) / (by - ay)) * (bx - ax));
      }
    }
  }
  for (const line of lines) line.sort((a, b) => a - b);
  return lines;
}

/** The pixels whose centres lie in the rings (even-odd), inside the picture. */
export function fillRings(rings: Rings, [height, width]: MaskSize): Crop {
  const box = ringsBox(rings);
  const [x, y] = [Math.max(0, Math.floor(box[0])), Math.max(0, Math.floor(box[1]))];
  const wide = Math.min(width, Math.ceil(box[2])) - x;
  const tall = Math.min(height, Math.ceil(box[3])) - y;
  if (wide <= 0 || tall <= 0) return EMPTY_CROP;
  const bits = new Uint8Array(wide * tall);
  crossings(rings, y + 0.5, tall, 1).forEach((line, row) => {
    for (let n = 0; n + 1 < line.length; n += 2) {
      const from = Math.max(0, Math.ceil((line[n] ?? 0) - 0.5 - x));
      const to = Math.min(wide, Math.ceil((line[n + 1] ?? 0) - 0.5 - x));
      if (from < to) bits.fill(1, row * wide + from, row * wide + to);
    }
  });
  return { x, y, width: wide, height: tall, bits };
}
