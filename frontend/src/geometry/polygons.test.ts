import { describe, expect, it } from "vitest";
import {
  insertVertex,
  insideRings,
  moveRings,
  moveVertex,
  nearestEdge,
  nearestVertex,
  oriented,
  type Rings,
  removeVertex,
  ringsArea,
  ringsBox,
  signedArea,
} from "./polygons";
import { simplifyRing } from "./simplify";

const square: Rings = [[10, 10, 30, 10, 30, 30, 10, 30]];
const ringed: Rings = [...square, [15, 15, 25, 15, 25, 25, 15, 25]];
const hook: Rings = [[0, 0, 30, 0, 30, 10, 10, 10, 10, 30, 0, 30]];

describe("polygons", () => {
  it("a point in a hole or in the corner of a hook is outside", () => {
    expect([insideRings(square, 20, 20), insideRings(ringed, 20, 20), insideRings(ringed, 12, 20)]).toEqual([
      true,
      false,
      true,
    ]);
    expect([insideRings(hook, 5, 25), insideRings(hook, 20, 20)]).toEqual([true, false]);
  });

  it("areas subtract holes, whichever way the rings run", () => {
    expect(ringsArea(square)).toBe(400);
    expect(ringsArea(ringed)).toBe(300);
    expect(ringsArea(hook)).toBe(500);
    expect(oriented(ringed).map(signedArea)).toEqual([400, -100]);
    expect(oriented([[10, 30, 30, 30, 30, 10, 10, 10]]).map(signedArea)).toEqual([400]);
    expect(ringsBox(hook)).toEqual([0, 0, 30, 30]);
  });

  it("the nearest edge and vertex of a point are found with their places", () => {
    expect(nearestEdge(square, 20, 33)).toEqual({ ring: 0, vertex: 2, x: 20, y: 30, far: 3 });
    expect(nearestEdge(square, 8, 20)).toMatchObject({ vertex: 3, x: 10, y: 20 });
    expect(nearestVertex(ringed, 24, 16)).toMatchObject({ ring: 1, vertex: 1, x: 25, y: 15 });
  });

  it("vertices are moved, put in and taken out; three stay", () => {
    expect(moveVertex(square, { ring: 0, vertex: 1 }, 40, 5)).toEqual([[10, 10, 40, 5, 30, 30, 10, 30]]);
    const five = insertVertex(square, { ring: 0, vertex: 3 }, 8, 20);
    expect(five).toEqual([[10, 10, 30, 10, 30, 30, 10, 30, 8, 20]]);
    expect(removeVertex(five, { ring: 0, vertex: 4 })).toEqual(square);
    expect(removeVertex([[0, 0, 1, 0, 0, 1]], { ring: 0, vertex: 0 })).toBeNull();
  });

  it("a moved polygon keeps its form at the border", () => {
    expect(moveRings(square, 100, -50, { width: 50, height: 50 })).toEqual([[30, 0, 50, 0, 50, 20, 30, 20]]);
  });

  it("simplifying drops what lies within the tolerance and keeps corners", () => {
    const wavy = [0, 0, 5, 0.4, 10, 0, 10, 10, 5, 9.2, 0, 10];
    expect(simplifyRing(wavy, 0.5)).toEqual([0, 0, 10, 0, 10, 10, 5, 9.2, 0, 10]);
    expect(simplifyRing(wavy, 1)).toEqual([0, 0, 10, 0, 10, 10, 0, 10]);
    expect(simplifyRing(wavy, 0)).toBe(wavy);
  });
});
