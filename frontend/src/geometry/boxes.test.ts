import { describe, expect, it } from "vitest";
import { type Box, boxFromPoints, clampBox, HANDLES, iou, moveBox, nudgeBox, resizeBox } from "./boxes";
import { imagePoint } from "./points";

const image = { width: 100, height: 50 };

describe("boxes", () => {
  it("iou of two boxes sharing a quarter is 1/7", () => {
    // 10×10 each, 5×5 shared: 25 / (100 + 100 − 25)
    expect(iou([0, 0, 10, 10], [5, 5, 15, 15])).toBeCloseTo(1 / 7, 12);
    expect(iou([0, 0, 10, 10], [10, 0, 20, 10])).toBe(0);
    expect(iou([2, 2, 8, 8], [2, 2, 8, 8])).toBe(1);
  });

  it("a box outside the image is clamped to one pixel at its border", () => {
    expect(clampBox([-20, -20, -5, -5], image)).toEqual([0, 0, 1, 1]);
    expect(clampBox([150, 60, 170, 80], image)).toEqual([99, 49, 100, 50]);
    expect(clampBox([-3, 4, 200, 12], image)).toEqual([0, 4, 100, 12]);
  });

  it("a moved box keeps its size and stops at the border", () => {
    expect(moveBox([90, 10, 98, 20], 10, -30, image)).toEqual([92, 0, 100, 10]);
  });

  it("a handle dragged past the other side flips the box", () => {
    expect(resizeBox([20, 10, 40, 30], "e", { x: 5, y: 0 }, image)).toEqual([5, 10, 20, 30]);
    expect(resizeBox([20, 10, 40, 30], "nw", { x: 50, y: 45 }, image)).toEqual([40, 30, 50, 45]);
  });

  it("every handle keeps the box inside the image and at least one pixel wide", () => {
    const start: Box = [20, 10, 40, 30];
    for (const handle of HANDLES) {
      for (const to of [
        { x: -50, y: -50 },
        { x: 500, y: 500 },
        { x: 20, y: 10 },
        { x: 40, y: 30 },
        { x: 30.2, y: 20.7 },
      ]) {
        const [x1, y1, x2, y2] = resizeBox(start, handle, to, image);
        expect(x1).toBeGreaterThanOrEqual(0);
        expect(y1).toBeGreaterThanOrEqual(0);
        expect(x2).toBeLessThanOrEqual(100);
        expect(y2).toBeLessThanOrEqual(50);
        expect(x2 - x1).toBeGreaterThanOrEqual(1);
        expect(y2 - y1).toBeGreaterThanOrEqual(1);
      }
    }
  });

  it("arrow keys move the whole box or one corner of it", () => {
    expect(nudgeBox([10, 10, 20, 20], "box", 1, 0, image)).toEqual([11, 10, 21, 20]);
    expect(nudgeBox([10, 10, 20, 20], "right-bottom", -30, 1, image)).toEqual([10, 10, 11, 21]);
    expect(nudgeBox([10, 10, 20, 20], "left-top", -30, 2, image)).toEqual([0, 12, 20, 20]);
  });

  it("two corners in any order make one box", () => {
    expect(boxFromPoints(imagePoint(9, 2), imagePoint(3, 8))).toEqual([3, 2, 9, 8]);
  });
});
