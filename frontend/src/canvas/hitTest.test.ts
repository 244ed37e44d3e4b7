import { describe, expect, it } from "vitest";
import { screenPoint } from "../geometry/points";
import { coverageOf } from "../masks/coverage";
import { hitNext, hitStack, hitTest } from "./hitTest";
import type { MaskArt } from "./maskStore";
import type { MaskShape, PolygonShape } from "./shape";
import { ShapeIndex } from "./shapeIndex";
import { gridShapes, testShape } from "./testing";

const view = { scale: 1, x: 0, y: 0 };
const index = new ShapeIndex([
  testShape("small", [40, 40, 80, 80]),
  testShape("large", [0, 0, 200, 200]),
  testShape("middle", [20, 20, 120, 120]),
]);
const at = (x: number, y: number, selectedId: string | null = null) => ({
  at: screenPoint(x, y),
  view,
  index,
  selectedId,
  tolerance: 4,
});

describe("hit test", () => {
  it("the smallest shape that contains the point wins, whatever the drawing order", () => {
    expect(hitTest(at(60, 60))).toEqual({ kind: "body", id: "small" });
    expect(hitTest(at(100, 100))).toEqual({ kind: "body", id: "middle" });
    expect(hitTest(at(150, 150))).toEqual({ kind: "body", id: "large" });
    expect(hitTest(at(250, 250))).toBeNull();
  });

  it("an edge goes before a body, also of a smaller shape", () => {
    expect(hitTest(at(60, 22))).toEqual({ kind: "edge", id: "middle" });
    expect(hitTest(at(60, 123))).toEqual({ kind: "edge", id: "middle" });
  });

  it("a handle of the selection goes before everything", () => {
    expect(hitTest(at(21, 21, "middle"))).toEqual({ kind: "handle", id: "middle", handle: "nw" });
    expect(hitTest(at(120, 70, "middle"))).toEqual({ kind: "handle", id: "middle", handle: "e" });
    expect(hitTest(at(21, 21))).toEqual({ kind: "edge", id: "middle" });
  });

  it("the next one in the stack cycles through overlaps", () => {
    expect(hitStack(at(60, 60)).map((hit) => hit.id)).toEqual(["small", "middle", "large"]);
    const ids = [null, "small", "middle", "large"].map((selected) => hitNext(at(60, 60, selected))?.id);
    expect(ids).toEqual(["small", "middle", "large", "small"]);
  });

  it("the tolerance is of the screen, not of the image", () => {
    const zoomedOut = { ...at(0, 0), view: { scale: 0.1, x: 0, y: 0 }, at: screenPoint(22, 10) };
    expect(hitTest(zoomedOut)).toEqual({ kind: "edge", id: "large" });
  });

  it("the index finds the same shapes as a walk over all of them", () => {
    const shapes = gridShapes(5000);
    const tree = new ShapeIndex(shapes);
    const found = tree.within([1010, 505, 1330, 777]).map((shape) => shape.id);
    const expected = shapes
      .filter(({ bbox }) => bbox[0] <= 1330 && bbox[2] >= 1010 && bbox[1] <= 777 && bbox[3] >= 505)
      .map((shape) => shape.id);
    expect(found).toEqual(expected);
  });
});

describe("hit test of polygons and masks", () => {
  const hook: PolygonShape = {
    ...testShape("hook", [0, 0, 100, 100]),
    kind: "polygon",
    rings: [[0, 0, 100, 0, 100, 20, 20, 20, 20, 100, 0, 100]],
  };
  const mask: MaskShape = {
    ...testShape("mask", [0, 0, 200, 200]),
    kind: "mask",
    rle: { size: [200, 200], counts: "" },
  };
  // The left 50 columns of 200 × 200 pixels.
  const runs = Uint32Array.from([0, 50 * 200, 150 * 200]);
  const art = { box: [0, 0, 50, 200], coverage: coverageOf(runs, [200, 200]) } as unknown as MaskArt;
  const mixed = new ShapeIndex([mask, testShape("box", [0, 0, 120, 120]), hook]);
  const ask = (x: number, y: number, selectedId: string | null = null, ready = true) => ({
    ...at(x, y, selectedId),
    index: mixed,
    looks: () => (ready ? art : null),
  });

  it("a polygon is hit in its area alone, not in its box", () => {
    expect(hitTest(ask(10, 50))).toEqual({ kind: "body", id: "hook" });
    expect(hitTest(ask(60, 60))).toEqual({ kind: "body", id: "box" });
  });

  it("a mask is hit on its pixels, by its own area among the others", () => {
    expect(hitStack(ask(30, 60)).map((hit) => hit.id)).toEqual(["mask", "box"]);
    expect(hitStack(ask(10, 60)).map((hit) => hit.id)).toEqual(["hook", "mask", "box"]);
    expect(hitTest(ask(30, 150))).toEqual({ kind: "body", id: "mask" });
    expect(hitTest(ask(52, 150))).toEqual({ kind: "edge", id: "mask" });
    expect(hitTest(ask(150, 150))).toBeNull();
    expect(hitTest(ask(30, 150, null, false))).toBeNull();
  });

  it("an edge of a polygon is told with its segment, a vertex only of the selection", () => {
    expect(hitTest(ask(60, 22))).toEqual({ kind: "edge", id: "hook", place: { ring: 0, vertex: 2 } });
    expect(hitTest(ask(22, 21))).toMatchObject({ kind: "edge" });
    expect(hitTest(ask(22, 21, "hook"))).toEqual({
      kind: "vertex",
      id: "hook",
      place: { ring: 0, vertex: 3 },
    });
    expect(hitTest(ask(10, 50, "hook"))).toEqual({ kind: "body", id: "hook" });
  });

  it("Alt and click walk through polygons, masks and boxes", () => {
    const ids = [null, "hook", "mask", "box"].map((selected) => hitNext(ask(10, 60, selected))?.id);
    expect(ids).toEqual(["hook", "mask", "box", "hook"]);
  });
});
