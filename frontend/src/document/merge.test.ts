import { describe, expect, it } from "vitest";
import type { TruthObject } from "./annotation";
import { mergeObjects as merged } from "./merge";
import { truth } from "./testing";

const a = truth("a", [0, 0, 10, 10]);
const a2 = truth("a", [1, 0, 10, 10]);
const a3 = truth("a", [0, 0, 10, 10], 2);
const b = truth("b", [20, 20, 30, 30]);
const b2 = truth("b", [20, 20, 33, 30]);
const c = truth("c", [50, 50, 60, 60]);
const d = truth("d", [70, 50, 80, 60]);

/** Without the sides, which have a test of their own below. */
function mergeObjects(base: TruthObject[], mine: TruthObject[], theirs: TruthObject[]) {
  const { objects, conflicts } = merged(base, mine, theirs);
  return { objects, conflicts };
}

describe("merge by region id", () => {
  it("different regions merge silently", () => {
    expect(mergeObjects([a, b], [a2, b, c], [a, b2, d])).toEqual({ objects: [a2, b2, c, d], conflicts: [] });
  });

  it("a deletion on one side holds when the other left the region alone", () => {
    expect(mergeObjects([a, b], [b], [a, b])).toEqual({ objects: [b], conflicts: [] });
    expect(mergeObjects([a, b], [a, b], [b])).toEqual({ objects: [b], conflicts: [] });
    expect(mergeObjects([a], [], [])).toEqual({ objects: [], conflicts: [] });
  });

  it("the same region changed by both is kept twice and reported", () => {
    const merge = mergeObjects([a], [a2], [a3]);
    expect(merge.objects).toEqual([a2, { ...a3, id: "a-theirs", prediction_id: null }]);
    expect(merge.conflicts).toEqual(["a", "a-theirs"]);
  });

  it("the same change on both sides is no conflict", () => {
    expect(mergeObjects([a], [a2], [{ ...a2 }])).toEqual({ objects: [a2], conflicts: [] });
  });

  it("a change beats a deletion, and is reported", () => {
    expect(mergeObjects([a], [], [a2])).toEqual({ objects: [a2], conflicts: ["a"] });
    expect(mergeObjects([a], [a2], [])).toEqual({ objects: [a2], conflicts: ["a"] });
  });

  it("an image keeps one class: mine, to be looked at", () => {
    const [base, mine, theirs] = [
      truth("p1", undefined, 1),
      truth("p1", undefined, 2),
      truth("p1", undefined, 3),
    ];
    expect(mergeObjects([base], [mine], [theirs])).toEqual({ objects: [mine], conflicts: ["p1"] });
  });

  it("what both changed is told with both sides and what was before", () => {
    const sides = (...[base, mine, theirs]: TruthObject[][]) =>
      merged(base ?? [], mine ?? [], theirs ?? []).pairs;
    expect(sides([a], [a2], [a3])).toEqual([{ id: "a", twinId: "a-theirs", mine: a2, theirs: a3, base: a }]);
    expect(sides([a], [], [a2])).toEqual([{ id: "a", twinId: null, mine: null, theirs: a2, base: a }]);
    expect(sides([a], [a2], [])).toEqual([{ id: "a", twinId: null, mine: a2, theirs: null, base: a }]);
    expect(sides([], [a], [a2])).toEqual([{ id: "a", twinId: "a-theirs", mine: a, theirs: a2, base: null }]);
    expect(sides([a, b], [a2, b], [a, b2])).toEqual([]);
  });
});
