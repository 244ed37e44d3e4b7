/** Which models nothing beats. */

export interface Spot {
  key: string;
  x: number;
  y: number;
}

export interface Directions {
  x: "high" | "low";
  y: "high" | "low";
}

/** `a` is at least as good as `b` in both, and better in one. */
export function dominates(a: Spot, b: Spot, { x, y }: Directions): boolean {
  const gainX = x === "high" ? a.x - b.x : b.x - a.x;
  const gainY = y === "high" ? a.y - b.y : b.y - a.y;
  return gainX >= 0 && gainY >= 0 && (gainX > 0 || gainY > 0);
}

/** The spots that nothing dominates, from left to right; equal ones stay together. */
export function frontOf<S extends Spot>(spots: S[], directions: Directions): S[] {
  return spots
    .filter((spot) => !spots.some((other) => dominates(other, spot, directions)))
    .sort((a, b) => a.x - b.x || a.y - b.y);
}

/**
 * The front as a step line in the same coordinates: what can be had at each x by models that exist.
 * Where a small x is good, a model's y is had from its own x on to the right; where a large x is good, to the left.
 */
export function stepLine(front: Spot[], { x }: Directions): [number, number][] {
  return front.flatMap((spot, index): [number, number][] => {
    const before = front[index - 1];
    if (!before) return [[spot.x, spot.y]];
    const corner: [number, number] = x === "low" ? [spot.x, before.y] : [before.x, spot.y];
    return [corner, [spot.x, spot.y]];
  });
}

export interface Budgets {
  x: number | null;
  y: number | null;
}

/** Whether a spot misses a budget; the budget itself is still within. */
export function isOutside(spot: Spot, budgets: Budgets, directions: Directions): boolean {
  const misses = (value: number, limit: number | null, better: "high" | "low") =>
    limit !== null && (better === "high" ? value < limit : value > limit);
  return misses(spot.x, budgets.x, directions.x) || misses(spot.y, budgets.y, directions.y);
}
