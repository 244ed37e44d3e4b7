import { expect, it } from "vitest";
import { frontOf, isOutside, type Spot, stepLine } from "./front";

const spot = (key: string, x: number, y: number): Spot => ({ key, x, y });
const small = { x: "low", y: "high" } as const;
// By hand: b is beaten by a (smaller and better), d by c; e is the largest but the best.
const spots = [
  spot("a", 2, 0.7),
  spot("b", 3, 0.6),
  spot("c", 5, 0.8),
  spot("d", 5, 0.75),
  spot("e", 10, 0.9),
];

it("the front is what nothing beats in both", () => {
  expect(frontOf(spots, small).map(({ key }) => key)).toEqual(["a", "c", "e"]);
});

it("where large is good on both axes, it is the upper right hull", () => {
  const front = frontOf(spots, { x: "high", y: "high" });
  expect(front.map(({ key }) => key)).toEqual(["e"]);
});

it("where small is good on both, only what is smallest in one of them stays", () => {
  expect(frontOf(spots, { x: "low", y: "low" }).map(({ key }) => key)).toEqual(["a", "b"]);
});

it("twins do not beat each other", () => {
  expect(frontOf([spot("a", 1, 1), spot("b", 1, 1)], small)).toHaveLength(2);
});

it("the line goes in steps: no model has the quality of the next one at a smaller size", () => {
  expect(stepLine(frontOf(spots, small), small)).toEqual([
    [2, 0.7],
    [5, 0.7],
    [5, 0.8],
    [10, 0.8],
    [10, 0.9],
  ]);
});

it("where a large x is good, the steps turn the other way", () => {
  const directions = { x: "high", y: "high" } as const;
  const front = frontOf([spot("a", 0.9, 1), spot("b", 0.5, 3)], directions);
  expect(stepLine(front, directions)).toEqual([
    [0.5, 3],
    [0.5, 1],
    [0.9, 1],
  ]);
});

it("a budget is met by its own value and missed beyond it", () => {
  expect(isOutside(spot("a", 5, 0.8), { x: 5, y: 0.8 }, small)).toBe(false);
  expect(isOutside(spot("a", 5.1, 0.8), { x: 5, y: null }, small)).toBe(true);
  expect(isOutside(spot("a", 5, 0.79), { x: null, y: 0.8 }, small)).toBe(true);
  expect(isOutside(spot("a", 500, 0), { x: null, y: null }, small)).toBe(false);
});
