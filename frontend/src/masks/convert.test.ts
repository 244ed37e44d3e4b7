import { describe, expect, it } from "vitest";
import { type Rings, signedArea } from "../geometry/polygons";
import { maskToRings, ringsIou, ringsToMask } from "./convert";
import { type Crop, cropOfRuns, runsArea } from "./crop";
import { fillRings } from "./fill";
import { runJob } from "./jobs";
import { runsOf } from "./rle";
import { StrokeBuffer } from "./stroke";
import { traceCrop } from "./trace";

const SIZE = [60, 80] as const;

function crop(...rows: string[]): Crop {
  const bits = Uint8Array.from(rows.join(""), (mark) => (mark === "#" ? 1 : 0));
  return { x: 10, y: 20, width: rows[0]?.length ?? 0, height: rows.length, bits };
}

function circle(cx: number, cy: number, radius: number, points: number): Rings {
  return [
    Array.from({ length: points * 2 }, (_, n) => {
      const turn = (Math.floor(n / 2) / points) * 2 * Math.PI;
      return n % 2 === 0 ? cx + radius * Math.cos(turn) : cy + radius * Math.sin(turn);
    }),
  ];
}

describe("borders of masks", () => {
  it("run along the edges of pixels, outer ones clockwise", () => {
    expect(traceCrop(crop("##", "##"))).toEqual([[12, 20, 12, 22, 10, 22, 10, 20]]);
    expect(traceCrop(crop("#.", "##"))).toEqual([[11, 20, 11, 21, 12, 21, 12, 22, 10, 22, 10, 20]]);
  });

  it("a hole has a border of its own, against the clock", () => {
    const rings = traceCrop(crop("###", "#.#", "###"));
    expect(rings).toHaveLength(2);
    expect(rings?.map(signedArea)).toEqual([9, -1]);
    expect(ringsIou(rings ?? [], crop("###", "#.#", "###"))).toBeCloseTo(1, 9);
  });

  it("pixels that touch by a corner alone are two areas", () => {
    expect(traceCrop(crop("#.", ".#"))).toHaveLength(2);
    expect(traceCrop(crop("#.", ".#"), 7)).toBeNull();
  });
});

describe("polygons and masks", () => {
  it("a rectangle on whole pixels loses nothing either way", () => {
    const rings: Rings = [[10, 5, 30, 5, 30, 25, 10, 25]];
    const mask = ringsToMask(rings, SIZE);
    expect(mask.iou).toBeCloseTo(1, 9);
    if (mask.result === null) throw new Error("no mask");
    expect(runsArea(runsOf(mask.result))).toBe(400);
    const back = maskToRings(mask.result, 1);
    expect(back.iou).toBeCloseTo(1, 9);
    expect(back.result).toEqual([[30, 5, 30, 25, 10, 25, 10, 5]]);
  });

  it("half a pixel more on one side costs the share of the area that it is", () => {
    // 20 × 20 pixels against 20.5 × 20: 400 / 410.
    const half: Rings = [[10, 5, 30.5, 5, 30.5, 25, 10, 25]];
    expect(ringsIou(half, fillRings([[10, 5, 30, 5, 30, 25, 10, 25]], SIZE))).toBeCloseTo(400 / 410, 6);
  });

  it("a pixel is covered when its centre is inside, and a hole stays one", () => {
    const rings: Rings = [
      [0, 0, 10, 0, 10, 10, 0, 10],
      [3, 3, 7, 3, 7, 7, 3, 7],
    ];
    const filled = fillRings(rings, SIZE);
    expect(filled.bits.reduce((sum, bit) => sum + bit, 0)).toBe(84);
    expect(fillRings([[0, 0, 2.4, 0, 2.4, 1, 0, 1]], SIZE).bits).toEqual(Uint8Array.from([1, 1, 0]));
    expect(ringsToMask([[-9, -9, -3, -9, -3, -3]], SIZE)).toEqual({ result: null, iou: 0 });
  });

  it("more tolerance gives fewer vertices and a larger loss", () => {
    const mask = ringsToMask(circle(40, 30, 25, 90), SIZE).result;
    if (mask === null) throw new Error("no mask");
    const [exact, fine, coarse] = [0, 1, 4].map((tolerance) => maskToRings(mask, tolerance));
    expect(exact?.iou).toBeCloseTo(1, 9);
    const vertices = [exact, fine, coarse].map((one) => (one?.result[0]?.length ?? 0) / 2);
    expect(vertices[0]).toBeGreaterThan(vertices[1] ?? 0);
    expect(vertices[1]).toBeGreaterThan(vertices[2] ?? 0);
    expect(fine?.iou).toBeGreaterThan(0.95);
    expect(coarse?.iou).toBeGreaterThan(0.8);
    expect(coarse?.iou).toBeLessThan(fine?.iou ?? 0);
  });
});

describe("the brush", () => {
  it("paints the pixels whose centres come within its radius", () => {
    const stroke = new StrokeBuffer({ width: 80, height: 60 });
    stroke.segment(10.5, 10.5, 10.5, 10.5, 2);
    const { crop: painted } = stroke;
    if (painted === null) throw new Error("nothing painted");
    const found: string[] = [];
    for (let y = 8; y < 13; y += 1) {
      const row = painted.bits.subarray((y - painted.y) * painted.width);
      found.push(
        Array.from(row.subarray(8 - painted.x, 13 - painted.x), (bit) => (bit ? "#" : ".")).join(""),
      );
    }
    expect(found).toEqual(["..#..", ".###.", "#####", ".###.", "..#.."]);
    expect(stroke.takeFresh()).toEqual([8, 8, 13, 13]);
    expect(stroke.takeFresh()).toBeNull();
  });

  it("draws a straight line as thick as the brush, and stops at the border", () => {
    const stroke = new StrokeBuffer({ width: 80, height: 60 });
    stroke.segment(5, 30, 200, 30, 3);
    const painted = stroke.crop;
    if (painted === null) throw new Error("nothing painted");
    const column = (x: number) => {
      let sum = 0;
      for (let y = 0; y < painted.height; y += 1) sum += painted.bits[y * painted.width + x - painted.x] ?? 0;
      return sum;
    };
    expect([column(20), column(79)]).toEqual([6, 6]);
    expect(painted.x + painted.width).toBeLessThanOrEqual(80);
  });

  it("a stroke joins the mask under it, and one that erases all leaves nothing", () => {
    const how = { size: SIZE, erase: false, colour: [1, 2, 3] as const };
    const stroke = crop("##", "##");
    const made = runJob<"join">({ type: "join", base: null, stroke, how });
    expect(made.look).toMatchObject({ box: [10, 20, 12, 22], coverage: { area: 4 } });
    expect(made.look?.pixels.rgba.slice(0, 4)).toEqual(Uint8ClampedArray.from([1, 2, 3, 255]));
    const more = runJob<"join">({ type: "join", base: made.rle, stroke: { ...stroke, x: 11 }, how });
    expect(more.look?.coverage.area).toBe(6);
    const erased = runJob<"join">({
      type: "join",
      base: more.rle,
      stroke: crop("####", "####"),
      how: { ...how, erase: true },
    });
    expect(erased).toEqual({ rle: null, look: null });
    if (more.rle === null) throw new Error("no mask");
    expect(cropOfRuns(runsOf(more.rle), SIZE)).toMatchObject({ x: 10, y: 20, width: 3, height: 2 });
  });
});
