import { describe, expect, it } from "vitest";
import { levelFor } from "./paintImage";

describe("the copy of a picture to draw", () => {
  it("at rest is the smallest one with a pixel for each of the screen's", () => {
    const levels = [2, 1, 0.51, 0.5, 0.404, 0.25, 0.2, 0.125, 0.01].map((shown) => levelFor(shown, 3, false));
    expect(levels).toEqual([0, 0, 0, 1, 1, 2, 2, 3, 3]);
  });

  it("while the view moves is the half up to full size, and the same as at rest below half", () => {
    const levels = [2, 1.01, 1, 0.51, 0.5, 0.404, 0.25, 0.01].map((shown) => levelFor(shown, 3, true));
    expect(levels).toEqual([0, 0, 1, 1, 1, 1, 2, 3]);
  });

  it("is the smallest one that there is, and the picture itself where there is none", () => {
    expect([levelFor(0.01, 1, false), levelFor(0.01, 0, false), levelFor(0.8, 0, true)]).toEqual([1, 0, 0]);
  });
});
