import { type Box, moveBox, type Size } from "./boxes";

/** A closed ring as flat image pixels [x0, y0, x1, y1, …], the first point not repeated (as COCO writes polygons). */
export type Ring = readonly number[];
/** One area of one or more rings, filled by the even-odd rule: a ring inside another one is a hole. */
export type Rings = readonly Ring[];

/** A vertex, or the segment that starts at it. */
export interface RingPlace {
  readonly ring: number;
  readonly vertex: number;
}

export const MIN_VERTICES = 3;

export function vertexCount(rings: Rings): number {
  return rings.reduce((sum, ring) => sum + ring.length / 2, 0);
}

/** Positive where the ring runs clockwise on the screen (y down). */
export function signedArea(ring: Ring): number {
  let twice = 0;
  for (let n = 0, last = ring.length - 2; n < ring.length; last = n, n += 2) {
    twice += (ring[last] ?? 0) * (ring[n + 1] ?? 0) - (ring[n] ?? 0) * (ring[last + 1] ?? 0);
  }
  return twice / 2;
}

export function ringsBox(rings: Rings): Box {
  let [x1, y1, x2, y2] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    for (let n = 0; n < ring.length; n += 2) {
      const [x, y] = [ring[n] ?? 0, ring[n + 1] ?? 0];
      if (x < x1) x1 = x;
      if (x > x2) x2 = x;
      if (y < y1) y1 = y;
      if (y > y2) y2 = y;
    }
  }
  return x1 > x2 ? [0, 0, 0, 0] : [x1, y1, x2, y2];
}

/** Even-odd rule; points on an edge belong to one side only, as pixels of half-open boxes do. */
export function insideRings(rings: Rings, x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let n = 0, last = ring.length - 2; n < ring.length; last = n, n += 2) {
      const [ax, ay, bx, by] = [ring[last] ?? 0, ring[last + 1] ?? 0, ring[n] ?? 0, ring[n + 1] ?? 0];
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
    }
  }
  return inside;
}

const orientedOnce = new WeakMap<Rings, Rings>();

/**
 * The same area with outer rings clockwise and holes against it: by the non-zero rule many polygons then fill as one
 * path without cancelling each other where they overlap.
 */
export function oriented(rings: Rings): Rings {
  const known = orientedOnce.get(rings);
  if (known !== undefined) return known;
  const turned = rings.map((ring, n) => {
    const others = rings.filter((_, other) => other !== n);
    const hole = others.length > 0 && insideRings(others, ring[0] ?? 0, ring[1] ?? 0);
    return signedArea(ring) > 0 === hole ? reversed(ring) : ring;
  });
  orientedOnce.set(rings, turned);
  return turned;
}

function reversed(ring: Ring): Ring {
  const turned: number[] = [];
  for (let n = ring.length - 2; n >= 0; n -= 2) turned.push(ring[n] ?? 0, ring[n + 1] ?? 0);
  return turned;
}

export function ringsArea(rings: Rings): number {
  return Math.abs(oriented(rings).reduce((sum, ring) => sum + signedArea(ring), 0));
}

export interface NearEdge extends RingPlace {
  readonly x: number;
  readonly y: number;
  readonly far: number;
}

/** The point of the outline that is nearest to (x, y), and the segment on which it lies. */
export function nearestEdge(rings: Rings, x: number, y: number): NearEdge | null {
  let best: NearEdge | null = null;
  rings.forEach((ring, index) => {
    for (let n = 0; n < ring.length; n += 2) {
      const next = (n + 2) % ring.length;
      const [ax, ay] = [ring[n] ?? 0, ring[n + 1] ?? 0];
      const [dx, dy] = [(ring[next] ?? 0) - ax, (ring[next + 1] ?? 0) - ay];
      const length = dx * dx + dy * dy;
      const t = length === 0 ? 0 : Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / length, 0), 1);
      const [px, py] = [ax + t * dx, ay + t * dy];
      const far = Math.hypot(px - x, py - y);
      if (best === null || far < best.far) best = { ring: index, vertex: n / 2, x: px, y: py, far };
    }
  });
  return best;
}

export interface NearVertex extends RingPlace {
  readonly x: number;
  readonly y: number;
  readonly far: number;
}

export function nearestVertex(rings: Rings, x: number, y: number): NearVertex | null {
  let best: NearVertex | null = null;
  rings.forEach((ring, index) => {
    for (let n = 0; n < ring.length; n += 2) {
      const [vx, vy] = [ring[n] ?? 0, ring[n + 1] ?? 0];
      const far = Math.hypot(vx - x, vy - y);
      if (best === null || far < best.far) best = { ring: index, vertex: n / 2, x: vx, y: vy, far };
    }
  });
  return best;
}

function withRing(rings: Rings, index: number, change: (ring: number[]) => void): Rings {
  return rings.map((ring, n) => {
    if (n !== index) return ring;
    const copy = [...ring];
    change(copy);
    return copy;
  });
}

export function moveVertex(rings: Rings, { ring, vertex }: RingPlace, x: number, y: number): Rings {
  return withRing(rings, ring, (points) => points.splice(2 * vertex, 2, x, y));
}

/** A new vertex on the segment; its place is the one after the segment's start. */
export function insertVertex(rings: Rings, { ring, vertex }: RingPlace, x: number, y: number): Rings {
  return withRing(rings, ring, (points) => points.splice(2 * vertex + 2, 0, x, y));
}

/** Without the vertex; null where its ring would be left with fewer than three. */
export function removeVertex(rings: Rings, { ring, vertex }: RingPlace): Rings | null {
  const points = rings[ring];
  if (points === undefined || 2 * vertex >= points.length || points.length <= 2 * MIN_VERTICES) return null;
  return withRing(rings, ring, (copy) => copy.splice(2 * vertex, 2));
}

/** Moved by (dx, dy), stopped at the image's border with the form kept. */
export function moveRings(rings: Rings, dx: number, dy: number, size: Size): Rings {
  const box = ringsBox(rings);
  const moved = moveBox(box, dx, dy, size);
  const [mx, my] = [moved[0] - box[0], moved[1] - box[1]];
  return rings.map((ring) => ring.map((value, n) => value + (n % 2 === 0 ? mx : my)));
}

/** Rounded to a hundredth of a pixel, as boxes are. */
export function roundRings(rings: Rings): Rings {
  return rings.map((ring) => ring.map((value) => Math.round(value * 100) / 100));
}

export function sameRings(a: Rings, b: Rings): boolean {
  return (
    a.length === b.length &&
    a.every((ring, n) => ring.length === b[n]?.length && ring.every((value, at) => value === b[n]?.[at]))
  );
}
