import { expect, it } from "vitest";
import { fillRuns } from "./components/Masks";

it("a run of a mask goes down its column and on at the top of the next", () => {
  const filled: number[][] = [];
  const context = { fillRect: (...rect: number[]) => void filled.push(rect) };
  // Three high, two wide: one uncovered pixel, three covered, two uncovered.
  fillRuns(context, Uint32Array.of(1, 3, 2), 3);
  expect(filled).toEqual([
    [0, 1, 1, 2],
    [1, 0, 1, 1],
  ]);
});
