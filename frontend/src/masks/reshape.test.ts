import { describe, expect, it } from "vitest";
import { ringsArea, vertexCount } from "../geometry/polygons";
import { ringsToMask } from "./convert";
import { runsArea, runsOfCrop } from "./crop";
import { fillRings } from "./fill";
// Counted pixel by pixel in numpy (tests/annotator/core/test_polygons.py): the server fills what this page draws.
import fixtures from "./fixtures.json";
import { SameThread } from "./maskThread";
import { isTooIntricate, MOST_CORNERS, reshape } from "./reshape";
import { encodeCounts, type Rle, runsOf } from "./rle";
import { runsIou } from "./runsIou";

const picture = { width: 80, height: 60 };
const thread = new SameThread();
const disc = [
  Array.from({ length: 120 }, (_, n) => {
    const turn = (Math.floor(n / 2) / 60) * 2 * Math.PI;
    return n % 2 === 0 ? 40 + 25 * Math.cos(turn) : 30 + 25 * Math.sin(turn);
  }),
];
const maskOf = (rings: number[][]): Rle => {
  const { result } = ringsToMask(rings, [60, 80]);
  if (result === null) throw new Error("no mask");
  return result;
};

describe("pixels of polygons", () => {
  it.each(fixtures.polygons)("$name: the same as the server's", ({ rings, size, counts }) => {
    const whole = [size[0] ?? 0, size[1] ?? 0] as const;
    expect(encodeCounts(runsOfCrop(fillRings(rings, whole), whole))).toBe(counts);
  });
});

describe("one form into the other", () => {
  it("a mask becomes a polygon with no more corners than the tolerance leaves, and says what is lost", async () => {
    const outline = { rings: null, rle: maskOf(disc) };
    const fine = await reshape(thread, outline, "polygon", { tolerance: 0.5, picture });
    const coarse = await reshape(thread, outline, "polygon", { tolerance: 5, picture });
    expect(fine?.corners).toBe(vertexCount(fine?.rings ?? []));
    expect(fine?.corners).toBeGreaterThan(coarse?.corners ?? 99);
    expect(fine?.iou).toBeGreaterThan(coarse?.iou ?? 1);
    expect(coarse?.iou).toBeGreaterThan(0.7);
  });

  it("a polygon becomes the mask of its pixels", async () => {
    const made = await reshape(thread, { rings: disc, rle: null }, "mask", { tolerance: 1, picture });
    if (made?.rle == null) throw new Error("no mask");
    // Of the disc's area, to a hundredth.
    expect(runsArea(runsOf(made.rle)) / ringsArea(disc)).toBeCloseTo(1, 2);
    expect(made.iou).toBeGreaterThan(0.95);
  });

  it("simplified, a polygon is compared by the pixels that both hold", async () => {
    const rings = [[10, 10, 20, 10, 20, 10.2, 30, 10, 30, 20, 10, 20]];
    const how = { tolerance: 1, picture };
    const made = await reshape(thread, { rings, rle: null }, "simplify", how);
    expect(made).toMatchObject({ corners: 4, iou: 1 });
    const none = await reshape(thread, { rings, rle: null }, "simplify", { tolerance: 0, picture });
    expect(none).toMatchObject({ rings, iou: 1 });
  });

  it("what has no such form, or would be nothing, is not made", async () => {
    const how = { tolerance: 50, picture };
    expect(await reshape(thread, { rings: disc, rle: null }, "polygon", how)).toBeNull();
    expect(await reshape(thread, { rings: null, rle: maskOf(disc) }, "simplify", how)).toBeNull();
    expect(await reshape(thread, { rings: null, rle: maskOf(disc) }, "mask", how)).toBeNull();
    const speck = maskOf([[10, 10, 11, 10, 11, 11, 10, 11]]);
    expect(await reshape(thread, { rings: null, rle: speck }, "polygon", how)).toBeNull();
    const sliver = [[10.6, 10, 10.9, 10, 10.9, 30]];
    expect(await reshape(thread, { rings: sliver, rle: null }, "mask", how)).toBeNull();
  });

  it("more corners than the server takes are too many", () => {
    const made = { rings: disc, rle: null, iou: 1, corners: MOST_CORNERS };
    expect(isTooIntricate(made)).toBe(false);
    expect(isTooIntricate({ ...made, corners: MOST_CORNERS + 1 })).toBe(true);
  });
});

describe("overlap of masks", () => {
  it("is counted by runs: 50 of 150 pixels by hand, all, none", () => {
    const runs = (...values: number[]) => Uint32Array.from(values);
    expect(runsIou(runs(0, 100, 100), runs(50, 100, 50))).toBeCloseTo(1 / 3, 12);
    expect(runsIou(runs(3, 2, 5), runs(3, 2, 5))).toBe(1);
    expect(runsIou(runs(3, 2, 5), runs(5, 2, 3))).toBe(0);
    expect(runsIou(runs(10), runs(10))).toBe(0);
    expect(runsIou(runs(0, 10), runs(0, 4, 2, 4))).toBeCloseTo(0.8, 12);
  });
});
