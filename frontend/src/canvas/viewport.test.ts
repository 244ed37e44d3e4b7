import { describe, expect, it } from "vitest";
import type { Box } from "../geometry/boxes";
import { screenPoint } from "../geometry/points";
import {
  fitView,
  MAX_SCALE,
  mixViews,
  needsReveal,
  panBy,
  revealView,
  toImage,
  toScreen,
  viewOfBox,
  visibleBox,
  zoomAt,
} from "./viewport";

const image = { width: 640, height: 480 };
const canvas = { width: 1000, height: 800 };

describe("viewport", () => {
  it("screen and image points are inverse", () => {
    const view = { scale: 2.5, x: -40, y: 33 };
    const seen = toScreen(view, 12.5, 99);
    const back = toImage(view, seen);
    expect([back.x, back.y]).toEqual([12.5, 99]);
  });

  it("fit shows the whole image in the middle", () => {
    const view = fitView(image, canvas);
    const [x1, y1, x2, y2] = visibleBox(view, canvas);
    expect(x1).toBeLessThan(0);
    expect(y1).toBeLessThan(0);
    expect(x2).toBeGreaterThan(640);
    expect(y2).toBeGreaterThan(480);
    expect((x1 + x2) / 2).toBeCloseTo(320);
    expect((y1 + y2) / 2).toBeCloseTo(240);
  });

  it("zooming keeps the point under the cursor", () => {
    const at = screenPoint(420, 310);
    const view = fitView(image, canvas);
    const before = toImage(view, at);
    const after = toImage(zoomAt(view, at, 3, image, canvas), at);
    expect(after.x).toBeCloseTo(before.x);
    expect(after.y).toBeCloseTo(before.y);
  });

  it("zoom stops at both ends", () => {
    const at = screenPoint(500, 400);
    const view = fitView(image, canvas);
    expect(zoomAt(view, at, 1e9, image, canvas).scale).toBe(MAX_SCALE);
    expect(zoomAt(view, at, 1e-9, image, canvas).scale).toBeCloseTo(view.scale / 4);
  });

  it("the image cannot be panned out of sight", () => {
    const view = panBy(fitView(image, canvas), 1e6, -1e6, image, canvas);
    const [x1, , , y2] = visibleBox(view, canvas);
    expect(x1).toBeLessThan(0);
    expect(y2).toBeGreaterThan(0);
    expect(view.x).toBe(canvas.width - 40);
  });

  it("the view moves only for a box that is off-screen or smaller than 24 px", () => {
    const view = { scale: 1, x: 0, y: 0 };
    const cases: [Box, boolean][] = [
      [[100, 100, 200, 200], false],
      [[100, 100, 110, 110], true],
      [[900, 100, 1100, 200], true],
      [[-500, -500, 2000, 2000], false],
    ];
    for (const [box, moves] of cases) expect(needsReveal(view, box, canvas)).toBe(moves);
  });

  it("the camera moves as little as it can", () => {
    const fitted = fitView(image, canvas);
    const near = { scale: 6, x: 0, y: 0 };
    const elsewhere: Box = [500, 400, 560, 450];
    const tiny: Box = [500, 400, 506, 404];
    expect(revealView(fitted, elsewhere, image, canvas, false)).toBeNull();
    // It had come close by itself: back to the whole image.
    expect(revealView(near, elsewhere, image, canvas, false)).toEqual(fitted);
    // A person had come close: along, at their scale.
    expect(revealView(near, elsewhere, image, canvas, true)?.scale).toBe(6);
    expect(revealView(fitted, tiny, image, canvas, false)?.scale).toBe(8);
    expect(revealView(fitted, tiny, image, canvas, true)?.scale).toBe(8);
  });

  it("zoom to a box centres it", () => {
    const view = viewOfBox([300, 240, 320, 260], image, canvas);
    const centre = toScreen(view, 310, 250);
    expect([centre.x, centre.y]).toEqual([500, 400]);
    expect(view.scale).toBe(8);
  });

  it("zoom to a box in a corner stops at the corner of the image", () => {
    const view = viewOfBox([600, 440, 640, 480], image, canvas);
    const corner = toScreen(view, 640, 480);
    expect([corner.x, corner.y]).toEqual([1000 - 24, 800 - 24]);
  });

  it("easing starts and ends exactly at its views", () => {
    const from = { scale: 1, x: 0, y: 0 };
    const to = { scale: 4, x: -100, y: 20 };
    expect(mixViews(from, to, 0)).toEqual(from);
    expect(mixViews(from, to, 1)).toEqual(to);
    expect(mixViews(from, to, 0.5).scale).toBeCloseTo(2);
  });
});
