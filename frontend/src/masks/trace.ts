import type { Rings } from "../geometry/polygons";
import type { Crop } from "./crop";

/** Steps to the right, down, left, up; and the pixels ahead of a corner, on the right hand and on the left hand. */
const STEP = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;
const RIGHT = [
  [0, 0],
  [-1, 0],
  [-1, -1],
  [0, -1],
] as const;
const LEFT = [
  [0, -1],
  [0, 0],
  [-1, 0],
  [-1, -1],
] as const;

/**
 * The borders of a mask along the edges of its pixels, corners only: outer ones clockwise, those of holes against it.
 * Pixels that touch by a corner alone are two areas. Null where there would be more than `most` corners.
 */
export function traceCrop(crop: Crop, most = Infinity): Rings | null {
  const { width, height, bits } = crop;
  const seen = new Uint8Array(bits.length);
  const at = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && bits[y * width + x] !== 0;

  function follow(startX: number, startY: number): number[] {
    const ring: number[] = [];
    let [x, y, way] = [startX, startY, 0];
    do {
      if (way === 0) seen[y * width + x] = 1;
      x += STEP[way]?.[0] ?? 0;
      y += STEP[way]?.[1] ?? 0;
      const right = at(x + (RIGHT[way]?.[0] ?? 0), y + (RIGHT[way]?.[1] ?? 0));
      const left = at(x + (LEFT[way]?.[0] ?? 0), y + (LEFT[way]?.[1] ?? 0));
      if (right && !left) continue;
      ring.push(x + crop.x, y + crop.y);
      way = (way + (right ? 3 : 1)) % 4;
    } while (x !== startX || y !== startY || way !== 0);
    return ring;
  }

  const rings: number[][] = [];
  let corners = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      // Every border has an edge with an uncovered pixel above it.
      if (seen[y * width + x] === 1 || !at(x, y) || at(x, y - 1)) continue;
      const ring = follow(x, y);
      corners += ring.length / 2;
      if (corners > most) return null;
      rings.push(ring);
    }
  }
  return rings;
}
