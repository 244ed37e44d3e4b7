import { describe, expect, it } from "vitest";
import { maskOf, ringOf, truth } from "@/document/testing";
import { shapesOf, viewOf } from "./conflictShapes";

const area = (geometry: object) => ({ ...truth("p1", undefined), ...geometry });

describe("what the dialog draws of two versions", () => {
  it("a box as a box, a polygon as its rings, a mask as the border of its pixels", () => {
    const conflict = {
      id: "p1",
      twinId: null,
      base: truth("p1", [0, 0, 10, 10]),
      theirs: area({ polygon: ringOf(1, 2, 9, 8), rle: maskOf(1, 2, 9, 8) }),
      mine: area({ rle: maskOf(20, 50, 60, 80) }),
    };
    const shapes = shapesOf(conflict);
    expect(shapes.map(([side, { kind, bbox }]) => [side, kind, bbox])).toEqual([
      ["original", undefined, [0, 0, 10, 10]],
      ["theirs", "polygon", [1, 2, 9, 8]],
      ["mine", "polygon", [20, 50, 60, 80]],
    ]);
    expect(shapes[1]?.[1]).toMatchObject({ rings: ringOf(1, 2, 9, 8) });
    const mine = shapes[2]?.[1];
    const ring = (mine?.kind === "polygon" ? mine.rings[0] : undefined) ?? [];
    const corners = [0, 2, 4, 6].map((at) => `${ring[at]} ${ring[at + 1]}`);
    expect(new Set(corners)).toEqual(new Set(["20 50", "60 50", "60 80", "20 80"]));
  });

  it("a side that deleted it draws nothing, one whose mask cannot be read the box around it", () => {
    const broken = { rle: { size: [100, 200], counts: "~~" } };
    const conflict = { id: "p1", twinId: null, base: null, theirs: null, mine: area(broken) };
    expect(shapesOf(conflict).every(([, shape]) => shape.kind === undefined)).toBe(true);
    expect(shapesOf({ ...conflict, mine: null })).toEqual([]);
  });

  it("all sides are seen whole, in the middle", () => {
    const canvas = { width: 240, height: 160 };
    const view = viewOf(
      [
        [10, 10, 20, 20],
        [40, 10, 50, 20],
      ],
      { width: 200, height: 100 },
      canvas,
    );
    const at = (x: number, y: number) => [x * view.scale + view.x, y * view.scale + view.y];
    expect(at(30, 15)).toEqual([120, 80]);
    expect(Math.min(...at(10, 10))).toBeGreaterThan(0);
    expect(at(50, 20)[0]).toBeLessThan(canvas.width);
  });
});
