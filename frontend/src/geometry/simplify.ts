import { MIN_VERTICES, type Ring, type Rings, signedArea } from "./polygons";

/** Squared distance of point `p` from the segment `a`–`b` (indices into the flat ring). */
function offLine(ring: Ring, p: number, a: number, b: number): number {
  const [ax, ay] = [ring[a] ?? 0, ring[a + 1] ?? 0];
  const [dx, dy] = [(ring[b] ?? 0) - ax, (ring[b + 1] ?? 0) - ay];
  const [px, py] = [(ring[p] ?? 0) - ax, (ring[p + 1] ?? 0) - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(Math.max((px * dx + py * dy) / length, 0), 1);
  return (px - t * dx) ** 2 + (py - t * dy) ** 2;
}

function farthestFrom(ring: Ring, from: number): number {
  let [best, far] = [from, -1];
  for (let n = 0; n < ring.length; n += 2) {
    const off = ((ring[n] ?? 0) - (ring[from] ?? 0)) ** 2 + ((ring[n + 1] ?? 0) - (ring[from + 1] ?? 0)) ** 2;
    if (off > far) [best, far] = [n, off];
  }
  return best;
}

/**
 * The ring with no vertex that lies within `tolerance` pixels of the line between its kept neighbours.
 * Source: Douglas and Peucker 1973, on the two chains between a vertex and the one farthest from it.
 */
export function simplifyRing(ring: Ring, tolerance: number): Ring {
  if (ring.length <= 2 * MIN_VERTICES || tolerance <= 0) return ring;
  const first = farthestFrom(ring, 0);
  const second = farthestFrom(ring, first);
  const [low, high] = [Math.min(first, second), Math.max(first, second)];
  const kept = new Uint8Array(ring.length / 2);
  kept[low / 2] = kept[high / 2] = 1;
  // Chains by start and end; one that passes the ring's end goes on past its length.
  const chains: [number, number][] = [
    [low, high],
    [high, low + ring.length],
  ];
  const limit = tolerance * tolerance;
  for (let chain = chains.pop(); chain !== undefined; chain = chains.pop()) {
    const [start, end] = chain;
    let [split, far] = [-1, limit];
    for (let n = start + 2; n < end; n += 2) {
      const off = offLine(ring, n % ring.length, start % ring.length, end % ring.length);
      if (off > far) [split, far] = [n, off];
    }
    if (split < 0) continue;
    kept[(split % ring.length) / 2] = 1;
    chains.push([start, split], [split, end]);
  }
  const thin: number[] = [];
  for (let n = 0; n < ring.length; n += 2) if (kept[n / 2] === 1) thin.push(ring[n] ?? 0, ring[n + 1] ?? 0);
  return thin;
}

/** Each ring simplified; those that fall together into a line are left out. */
export function simplifyRings(rings: Rings, tolerance: number): Rings {
  return rings
    .map((ring) => simplifyRing(ring, tolerance))
    .filter((ring) => ring.length >= 2 * MIN_VERTICES && signedArea(ring) !== 0);
}
