import { describe, expect, it } from "vitest";
import { correctInstead, mapClasses, onEach } from "./bulkEdits";
import { inCheckOrder, margin } from "./checkOrder";
import { differences } from "./diff";
import { DocumentStore } from "./documentStore";
import { acceptShown, addRegion, rejectRegion, setBox, setClass } from "./edits";
import { boxGeometry } from "./geometry";
import { docFromWork } from "./loadWork";
import { listRegions, type Region } from "./region";
import { guessed, makeWork, thresholds } from "./testing";

function opened(...scores: number[]): DocumentStore {
  const objects = scores.map((score, n) => guessed(`p${n}`, [n * 20, 0, n * 20 + 10, 10], 1, score));
  const store = new DocumentStore();
  store.load(
    docFromWork(makeWork({ prediction: { id: 1, source: { id: 1, name: "m" }, objects } }), thresholds),
  );
  return store;
}

const ids = (regions: readonly Region[]) => regions.map((region) => region.id);

describe("check order", () => {
  it("nearest to the accept threshold first, on either side of it; equals keep their reading order", () => {
    const regions = listRegions(opened(0.3, 0.85, 0.6, 0.95, 0.6).doc);
    // Distances to 0.9: 0.6, 0.05, 0.3, 0.05, 0.3.
    expect(ids(inCheckOrder(regions, thresholds, "margin"))).toEqual(["p1", "p3", "p2", "p4", "p0"]);
    expect(ids(inCheckOrder(regions, thresholds, "reading"))).toEqual(["p0", "p1", "p2", "p3", "p4"]);
  });

  it("is that of the guess's class, so that a relabelled region stays in its place", () => {
    const own = { ...thresholds, perClass: { 1: { show: null, accept: 0.5 } } };
    const store = opened(0.6);
    store.change({ name: "class", edit: setClass("p0", 7) });
    expect(margin(store.doc.regions.p0 as Region, own)).toBeCloseTo(0.1);
  });

  it("what both sides changed comes first, what nobody guessed last", () => {
    const store = opened(0.85);
    store.change({ name: "add", edit: addRegion("m-1", 1, boxGeometry([50, 50, 60, 60])) });
    const [guess, own] = listRegions(store.doc) as [Region, Region];
    const both = { ...guess, id: "both", needsCheck: true };
    expect(ids(inCheckOrder([own, guess, both], thresholds, "margin"))).toEqual(["both", "p0", "m-1"]);
  });
});

describe("the list of changes", () => {
  it("has the overlap and the class before of what was changed, and what was added and removed", () => {
    const store = opened(0.8, 0.8, 0.8, 0.8);
    // [0, 0, 10, 10] moved by 5 shares half of each box: 50 of 150.
    store.change({ name: "move", edit: setBox("p0", [5, 0, 15, 10]) });
    store.change({ name: "class", edit: setClass("p1", 2) });
    store.change({ name: "reject", edit: rejectRegion("p2") });
    store.change({ name: "add", edit: addRegion("m-1", 3, boxGeometry([50, 50, 60, 60])) });
    const found = differences(store.doc).map(({ region, kind, iou, classBefore }) => [
      region.id,
      kind,
      iou,
      classBefore,
    ]);
    expect(found).toEqual([
      ["p0", "changed", 1 / 3, null],
      ["p1", "changed", null, 1],
      ["p2", "removed", null, null],
      ["m-1", "added", null, null],
    ]);
  });

  it("does not name what was only accepted", () => {
    const store = opened(0.95, 0.5);
    store.change({ name: "acceptAll", edit: acceptShown(thresholds) });
    expect(differences(store.doc)).toEqual([]);
  });
});

describe("edits of several regions", () => {
  it("are one step", () => {
    const store = opened(0.5, 0.5, 0.5);
    const before = store.doc;
    store.change({ name: "setClass", edit: onEach(["p0", "p2", "gone"], (id) => setClass(id, 4)) });
    expect(listRegions(store.doc).map((region) => region.classId)).toEqual([4, 1, 4]);
    store.undo();
    expect(store.doc).toEqual(before);
  });

  it("accepting all leaves what both sides changed to be looked at", () => {
    const store = opened(0.5, 0.5);
    const { doc } = store;
    const p1 = { ...(doc.regions.p1 as Region), needsCheck: true };
    store.load({ ...doc, regions: { ...doc.regions, p1 } });
    store.change({ name: "acceptAll", edit: acceptShown(thresholds) });
    expect(store.doc.regions.p0?.state).toBe("accepted");
    expect(store.doc.regions.p1).toMatchObject({ state: "pending", needsCheck: true });
  });

  it("a drawn box gives its geometry to the guess under it", () => {
    const store = opened(0.5);
    store.change({ name: "add", edit: addRegion("m-1", 1, boxGeometry([1, 0, 11, 10])) });
    store.change({ name: "correctInstead", edit: correctInstead("m-1", "p0") });
    expect(store.doc.regions["m-1"]).toBeUndefined();
    expect(store.doc.regions.p0).toMatchObject({ state: "edited", bbox: [1, 0, 11, 10] });
  });

  it("a class that is gone is mapped without deciding what nobody looked at", () => {
    const store = opened(0.5, 0.95);
    store.change({ name: "mapClasses", edit: mapClasses(new Map([[1, 8]])) });
    expect(listRegions(store.doc).map((region) => [region.classId, region.state])).toEqual([
      [8, "pending"],
      [8, "edited"],
    ]);
  });
});
