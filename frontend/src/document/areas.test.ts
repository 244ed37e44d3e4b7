import { describe, expect, it } from "vitest";
import { toAnnotation, toDraft } from "./annotation";
import { inCheckOrder, readingList } from "./checkOrder";
import { differences } from "./diff";
import { DocumentStore } from "./documentStore";
import {
  acceptRegion,
  addRegion,
  nudge,
  rejectRegion,
  restoreRegion,
  setBox,
  setClass,
  setGeometry,
  stackRegion,
} from "./edits";
import { maskGeometry, overlap, polygonGeometry, readGeometry } from "./geometry";
import { docFromWork } from "./loadWork";
import { mergeObjects } from "./merge";
import { guessObjects } from "./mergeWork";
import { settleConflict } from "./settle";
import { makeMaskWork, maskOf, ringOf, thresholds, truth } from "./testing";

const SIZE = { width: 200, height: 100 };

function opened(work = makeMaskWork()): DocumentStore {
  const store = new DocumentStore();
  store.load(docFromWork(work, thresholds));
  return store;
}

const withGeometry = (geometry: object, id: string, prediction_id: string | null = null) => ({
  ...truth(id, undefined, 1, prediction_id),
  ...geometry,
});
const drafted = (document: object) =>
  makeMaskWork({ draft: { document: document as never, base_revision: 3, updated_at: "" } });

describe("masks and polygons in a document", () => {
  it("a guess is a mask, with the box around it, and stays what it was", () => {
    const store = opened();
    const car = store.doc.regions.p3;
    expect(car).toMatchObject({ kind: "mask", bbox: [20, 50, 60, 80], state: "accepted", rings: null });
    store.change({ name: "paint", edit: setGeometry("p3", maskGeometry(maskOf(20, 50, 70, 80))) });
    expect(store.doc.regions.p3).toMatchObject({ state: "edited", bbox: [20, 50, 70, 80] });
    expect(store.doc.regions.p3?.prediction).toEqual(car?.prediction);
    store.change({ name: "paint", edit: setGeometry("p3", maskGeometry(maskOf(20, 50, 60, 80))) });
    expect(store.doc.regions.p3?.state).toBe("accepted");
  });

  it("it turns into a polygon and is put back by a restore", () => {
    const store = opened();
    store.change({ name: "reshape", edit: setGeometry("p2", polygonGeometry(ringOf(0, 40, 200, 100))) });
    expect(store.doc.regions.p2).toMatchObject({ kind: "polygon", state: "edited", rle: null });
    store.change({ name: "restore", edit: restoreRegion("p2") });
    expect(store.doc.regions.p2).toMatchObject({ kind: "mask", state: "pending", rings: null });
    expect(store.doc.regions.p2?.rle).toEqual(store.doc.regions.p2?.prediction?.rle);
  });

  it("a polygon is nudged inside the picture; a mask and a class are not moved, and no box is made of them", () => {
    const store = opened();
    store.change({ name: "add", edit: addRegion("m-1", 2, polygonGeometry(ringOf(180, 10, 195.5, 20))) });
    store.change({ name: "nudge", edit: nudge("m-1", "box", 10, 0) });
    expect(store.doc.regions["m-1"]?.bbox).toEqual([184.5, 10, 200, 20]);
    expect(store.change({ name: "nudge", edit: nudge("p1", "box", 1, 0) })).toBe(false);
    expect(store.change({ name: "box", edit: setBox("p1", [0, 0, 9, 9]) })).toBe(false);
  });

  it("what is submitted names one outline of each region: of a polygon the rings, of a mask its runs", () => {
    const store = opened();
    store.change({ name: "add", edit: addRegion("m-1", 2, polygonGeometry(ringOf(1, 2, 9, 8))) });
    const objects = toAnnotation(store.doc, thresholds).objects;
    expect(objects.map(({ id, polygon, rle, bbox }) => [id, polygon, rle?.counts, bbox])).toEqual([
      ["p1", undefined, maskOf(0, 0, 200, 40).counts, undefined],
      ["p2", undefined, maskOf(0, 40, 200, 100).counts, undefined],
      ["p3", undefined, maskOf(20, 50, 60, 80).counts, undefined],
      ["m-1", ringOf(1, 2, 9, 8), undefined, undefined],
    ]);
  });

  it("a polygon comes back as a polygon, though the server keeps its mask beside it", () => {
    const stored = withGeometry({ polygon: ringOf(1, 2, 9, 8), rle: maskOf(1, 2, 9, 8) }, "m-1");
    const { doc } = opened(makeMaskWork({ annotation: { revision: 3, objects: [stored as never] } }));
    expect(doc.regions["m-1"]).toMatchObject({ kind: "polygon", rings: ringOf(1, 2, 9, 8), rle: null });
  });

  it("a change says how much of the guess is left, whatever form it has now", () => {
    const store = opened();
    // 40 × 30 px of which 30 × 30 are left.
    store.change({ name: "paint", edit: setGeometry("p3", maskGeometry(maskOf(20, 50, 50, 80))) });
    // 200 × 60 px against the upper 200 × 40 of them.
    store.change({ name: "reshape", edit: setGeometry("p2", polygonGeometry(ringOf(0, 40, 200, 80))) });
    store.change({ name: "class", edit: setClass("p1", 3) });
    const found = differences(store.doc).map(({ region, kind, iou }) => [region.id, kind, iou]);
    expect(new Map(found.map(([id, ...rest]) => [id, rest]))).toEqual(
      new Map([
        ["p1", ["changed", null]],
        ["p2", ["changed", 40 / 60]],
        ["p3", ["changed", 0.75]],
      ]),
    );
  });

  it("overlaps are counted in pixels, and asked again give the same", () => {
    const [a, b] = [maskGeometry(maskOf(0, 0, 20, 10)), polygonGeometry(ringOf(10, 0, 30, 10))];
    expect(overlap(a, b, SIZE)).toBeCloseTo(1 / 3, 9);
    expect(overlap(a, b, SIZE)).toBeCloseTo(1 / 3, 9);
    expect(overlap(a, polygonGeometry(ringOf(0, 0, 20, 10)), SIZE)).toBe(1);
    expect(overlap(a, maskGeometry({ size: [100, 200], counts: "~~" }), SIZE)).toBeNull();
    expect(overlap(a, readGeometry({}), SIZE)).toBeNull();
  });
});

describe("what lies above what", () => {
  it("guesses keep their order, new regions lie above, and the list is read from top to bottom all the same", () => {
    const store = opened();
    store.change({ name: "add", edit: addRegion("m-1", 2, polygonGeometry(ringOf(0, 0, 9, 8))) });
    expect(store.doc.order).toEqual(["p1", "p2", "p3", "m-1"]);
    store.change({ name: "back", edit: stackRegion("m-1", "back") });
    expect(store.doc.order).toEqual(["m-1", "p1", "p2", "p3"]);
    expect(store.change({ name: "back", edit: stackRegion("m-1", "back") })).toBe(false);
    store.change({ name: "front", edit: stackRegion("p1", "front") });
    expect(toAnnotation(store.doc, thresholds).objects.map((object) => object.id)).toEqual([
      "m-1",
      "p2",
      "p3",
      "p1",
    ]);
    expect(readingList(store.doc).map((region) => region.id)).toEqual(["m-1", "p1", "p3", "p2"]);
    const order = inCheckOrder(readingList(store.doc), thresholds, "margin").map((region) => region.id);
    expect(order).toEqual(["p3", "p1", "p2", "m-1"]);
  });

  it("a draft keeps the order of what was decided, and guesses left open do not come to lie above it", () => {
    const store = opened();
    store.change({ name: "add", edit: addRegion("m-1", 2, maskGeometry(maskOf(5, 5, 9, 9))) });
    store.change({ name: "reject", edit: rejectRegion("p1") });
    const draft = toDraft(store.doc);
    expect(draft.objects.map((object) => object.id)).toEqual(["p3", "m-1"]);
    const again = opened(drafted(draft)).doc;
    expect(again.order).toEqual(["p1", "p2", "p3", "m-1"]);
    expect(again.regions).toEqual(store.doc.regions);
  });

  it("a guess left open that was laid above or below the others is there again after a reload", () => {
    const store = opened();
    store.change({ name: "front", edit: stackRegion("p1", "front") });
    store.change({ name: "add", edit: addRegion("m-1", 2, maskGeometry(maskOf(5, 5, 9, 9))) });
    store.change({ name: "back", edit: stackRegion("p2", "back") });
    const draft = toDraft(store.doc);
    expect(draft.review?.order).toEqual(["p2", "p3", "p1", "m-1"]);
    expect(opened(drafted(draft)).doc).toEqual(store.doc);
    // What came in since lies where it would without the draft; what is gone is forgotten.
    const older = { ...draft, review: { rejected: [], order: ["p3", "gone", "p1"] } };
    const { order } = opened(drafted(older)).doc;
    expect([...order].sort()).toEqual(["m-1", "p1", "p2", "p3"]);
    expect(order.indexOf("p3")).toBeLessThan(order.indexOf("p1"));
  });

  it("a submitted annotation comes back in its own order", () => {
    const objects = [
      withGeometry({ rle: maskOf(20, 50, 60, 80) }, "p3", "p3"),
      withGeometry({ rle: maskOf(0, 0, 9, 9) }, "7"),
      withGeometry({ rle: maskOf(0, 40, 200, 100) }, "p2", "p2"),
    ];
    const { doc } = opened(makeMaskWork({ annotation: { revision: 3, objects: objects as never } }));
    expect(doc.order.filter((id) => id !== "p1")).toEqual(["p3", "7", "p2"]);
  });
});

describe("two people on one mask", () => {
  const base = guessObjects(makeMaskWork().prediction?.objects ?? []);
  const [sky, road] = base;
  if (sky === undefined || road === undefined) throw new Error("no guesses");
  const mine = { ...sky, rle: maskOf(0, 0, 200, 30) };
  const theirs = withGeometry({ polygon: ringOf(0, 0, 200, 20), rle: maskOf(0, 0, 200, 20) }, "p1", "p1");

  it("different masks merge silently; the same one changed by both is kept twice", () => {
    expect(mergeObjects(base, [mine, road], [sky, { ...road, class_id: 9 }])).toMatchObject({
      objects: [mine, { ...road, class_id: 9 }],
      conflicts: [],
    });
    const merge = mergeObjects([sky], [mine], [theirs]);
    expect(merge.conflicts).toEqual(["p1", "p1-theirs"]);
    expect(mergeObjects([sky], [mine], [{ ...mine }]).conflicts).toEqual([]);
    // The mask that the server fills is no difference.
    const { rle: _filled, ...sent } = theirs as { rle: unknown };
    expect(mergeObjects([sky], [sent as never], [theirs]).conflicts).toEqual([]);
  });

  it("theirs may win, whatever form it has", () => {
    const store = opened();
    store.change({ name: "paint", edit: setGeometry("p1", maskGeometry(maskOf(0, 0, 200, 30))) });
    store.change({ name: "accept", edit: acceptRegion("p1") });
    const conflict = { id: "p1", twinId: null, mine, theirs, base: sky };
    store.change({ name: "settle", edit: settleConflict(conflict, "theirs") });
    expect(store.doc.regions.p1).toMatchObject({ kind: "polygon", rings: ringOf(0, 0, 200, 20), rle: null });
  });
});
