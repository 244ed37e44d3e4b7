import { describe, expect, it } from "vitest";
import type { TruthObject } from "./annotation";
import { DocumentStore } from "./documentStore";
import { docFromWork } from "./loadWork";
import { changeCount, mergeWork } from "./mergeWork";
import { isUnchecked, listRegions } from "./region";
import { type Choice, settleConflict } from "./settle";
import { makeWork, thresholds, truth } from "./testing";

const a = truth("a", [0, 0, 10, 10], 1, "a");
const b = truth("b", [20, 20, 30, 30], 1, "b");
const c = truth("c", [50, 50, 60, 60], 1, "c");
const movedA = truth("a", [1, 0, 11, 10], 1, "a");
const movedB = truth("b", [21, 20, 31, 30], 1, "b");
const draft = (objects: TruthObject[], rejected: string[] = []) => ({ objects, review: { rejected } });

describe("how much a work changes", () => {
  it("counts what it moved, added and rejected, and not what a draft says nothing of", () => {
    expect(changeCount([a, b, c], draft([movedA]))).toBe(1);
    expect(changeCount([a, b, c], draft([a, movedB, truth("own", [1, 1, 5, 5])], ["c"]))).toBe(3);
    expect(changeCount([a, b, c], draft([a]))).toBe(0);
    expect(changeCount([a, b, c], { objects: [a] })).toBe(2);
  });
});

describe("joining two works", () => {
  it("what a draft says nothing of was not deleted by it: the other's change is taken silently", () => {
    const joined = mergeWork([a, b, c], draft([movedA]), draft([movedB]));
    expect(joined.conflicts).toEqual([]);
    expect(joined.document).toEqual(draft([movedA, movedB]));
  });

  it("what neither decided stays to be checked; what the other accepted is accepted", () => {
    expect(mergeWork([a, b, c], draft([a]), draft([b])).document).toEqual(draft([a, b]));
  });

  it("a rejection of the other holds, also against what was only accepted here", () => {
    expect(mergeWork([a, b], draft([a]), draft([], ["a", "b"])).document).toEqual(draft([], ["a", "b"]));
  });

  it("a final work that leaves out a region deleted it", () => {
    expect(mergeWork([a, b], draft([a, b]), { objects: [a] }).document).toEqual(draft([a], ["b"]));
  });

  it("a final work of mine stays one", () => {
    expect(mergeWork([a, b], { objects: [movedA, b] }, { objects: [a, movedB] }).document).toEqual({
      objects: [movedA, movedB],
    });
  });
});

describe("settling a conflict", () => {
  const mine = truth("p1", [12, 10, 32, 30], 1, "p1");
  const theirs = truth("p1", [10, 14, 30, 34], 2, "p1");

  function conflict(mySide: TruthObject[], theirSide: TruthObject[], choice: Choice) {
    const base = [truth("p1", [10, 10, 30, 30], 1, "p1")];
    const joined = mergeWork(base, draft(mySide, mySide.length === 0 ? ["p1"] : []), { objects: theirSide });
    const store = new DocumentStore();
    const needsCheck = new Set(joined.conflicts);
    store.load(docFromWork(makeWork(), thresholds, { local: joined.document, needsCheck }));
    expect(listRegions(store.doc).some((region) => region.needsCheck)).toBe(true);
    for (const pair of joined.pairs)
      store.change({ name: "settleConflicts", edit: settleConflict(pair, choice) });
    return store;
  }
  const left = (store: DocumentStore) =>
    listRegions(store.doc)
      .filter((region) => region.id.startsWith("p1"))
      .map(({ id, bbox, classId, state, needsCheck }) => ({ id, bbox, classId, state, needsCheck }));

  it("both: they stay beside each other, to be checked", () => {
    const store = conflict([mine], [theirs], "both");
    const found = left(store).map(({ id, needsCheck }) => [id, needsCheck]);
    expect(new Map(found as [string, boolean][])).toEqual(
      new Map([
        ["p1", true],
        ["p1-theirs", true],
      ]),
    );
  });

  it("mine or theirs: one stays, and it counts as checked", () => {
    expect(left(conflict([mine], [theirs], "mine"))).toEqual([
      { id: "p1", bbox: mine.bbox, classId: 1, state: "accepted", needsCheck: false },
    ]);
    const store = conflict([mine], [theirs], "theirs");
    expect(left(store)).toEqual([
      { id: "p1", bbox: theirs.bbox, classId: 2, state: "edited", needsCheck: false },
    ]);
    expect(listRegions(store.doc).filter((region) => isUnchecked(region, thresholds))).toHaveLength(1);
    store.undo();
    expect(left(store)).toHaveLength(2);
  });

  it("the side that deleted may win: the guess is rejected", () => {
    expect(left(conflict([mine], [], "theirs"))).toMatchObject([{ id: "p1", state: "rejected" }]);
    expect(left(conflict([], [theirs], "mine"))).toMatchObject([{ id: "p1", state: "rejected" }]);
    expect(left(conflict([], [theirs], "theirs"))).toMatchObject([
      { id: "p1", bbox: theirs.bbox, state: "edited", needsCheck: false },
    ]);
  });
});
