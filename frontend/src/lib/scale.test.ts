import { expect, it } from "vitest";
import { linearTicks, logTicks, makeScale, paddedDomain } from "./scale";

it("a straight scale turns numbers into pixels and back", () => {
  const scale = makeScale([0, 10], { range: [100, 0] });
  expect(scale.toPixel(2.5)).toBe(75);
  expect(scale.toValue(75)).toBe(2.5);
});

it("a logarithmic scale gives each decade the same room", () => {
  const scale = makeScale([1, 100], { range: [0, 200], log: true });
  expect(scale.toPixel(10)).toBeCloseTo(100);
  expect(scale.toValue(150)).toBeCloseTo(10 ** 1.5);
});

it("ticks are round numbers within the span", () => {
  expect(linearTicks(0.03, 1.02, 5)).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
  expect(linearTicks(-0.1, 0.1, 4)).toEqual([-0.1, -0.05, 0, 0.05, 0.1]);
  expect(logTicks(0.9, 60)).toEqual([1, 2, 5, 10, 20, 50]);
  expect(logTicks(11, 14).length).toBeGreaterThan(1);
});

it("one value alone gets room around it, and nothing at all a plain span", () => {
  expect(paddedDomain([5])).toEqual([4, 6]);
  expect(paddedDomain([4], true)).toEqual([2, 8]);
  expect(paddedDomain([], true)).toEqual([1, 10]);
  expect(paddedDomain([0, 10, Number.NaN])).toEqual([-0.8, 10.8]);
});
