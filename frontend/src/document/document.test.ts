import { describe, expect, it } from "vitest";
import { countChanges, toAnnotation, toDraft } from "./annotation";
import { DocumentStore } from "./documentStore";
import {
  acceptRegion,
  acceptShown,
  addRegion,
  chooseClass,
  clearAll,
  type Edit,
  nudge,
  rejectRegion,
  restoreRegion,
  setBox,
  setClass,
  setGeometry,
  stackRegion,
} from "./edits";
import { boxGeometry, maskGeometry, polygonGeometry } from "./geometry";
import { docFromWork } from "./loadWork";
import { isShown, isUnchecked, listRegions } from "./region";
import { guessed, makeMaskWork, makeWork, maskOf, ringOf, thresholds, truth } from "./testing";

function opened(work = makeWork()): DocumentStore {
  const store = new DocumentStore();
  store.load(docFromWork(work, thresholds));
  return store;
}

/** Mulberry32: a small generator with a seed, so that a failure can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

describe("opening an item", () => {
  it("certain guesses are accepted, uncertain ones wait, hidden ones count nowhere", () => {
    const { doc } = opened();
    const states = listRegions(doc).map((region) => [region.id, region.state, isShown(region, thresholds)]);
    expect(states).toEqual([
      ["p1", "accepted", true],
      ["p2", "pending", true],
      ["p3", "pending", false],
    ]);
    expect(
      listRegions(doc)
        .filter((region) => isUnchecked(region, thresholds))
        .map((region) => region.id),
    ).toEqual(["p2"]);
    expect(toAnnotation(doc, thresholds).objects.map((object) => object.id)).toEqual(["p1", "p2"]);
  });

  it("thresholds are inclusive, and a class's own goes first", () => {
    const work = makeWork({
      prediction: {
        id: 1,
        source: { id: 1, name: "m" },
        objects: [
          guessed("a", [0, 0, 9, 9], 1, 0.9),
          guessed("b", [0, 0, 9, 9], 2, 0.25),
          guessed("c", [0, 0, 9, 9], 3, 0.6),
        ],
      },
    });
    const doc = docFromWork(work, { ...thresholds, perClass: { 3: { show: 0.5, accept: 0.6 } } });
    expect(doc.regions.a?.state).toBe("accepted");
    expect(isShown(doc.regions.b as never, thresholds)).toBe(true);
    expect(doc.regions.c?.state).toBe("accepted");
  });

  it("a submitted annotation comes back as it was, with unused guesses rejected", () => {
    const annotation = {
      revision: 3,
      objects: [truth("p1", [11, 10, 30, 30], 1, "p1"), truth("m-1", [60, 60, 70, 70], 2)],
    };
    const work = makeWork({
      annotation: {
        revision: 3,
        objects: annotation.objects as never,
      },
    });
    const { doc } = opened(work);
    expect(doc.regions["m-1"]?.state).toBe("manual");
    expect(doc.regions.p2?.state).toBe("rejected");
    expect(doc.regions.p3?.state).toBe("pending");
    expect(toAnnotation(doc, thresholds).objects).toHaveLength(2);
  });

  it("a draft keeps what was decided and what was not", () => {
    const store = opened();
    store.change({ name: "reject", edit: rejectRegion("p1") });
    store.change({ name: "add", edit: addRegion("m-1", 2, boxGeometry([5, 5, 9, 9])) });
    const document = toDraft(store.doc);
    expect(document.objects.map((object) => object.id)).toEqual(["m-1"]);
    const again = docFromWork(
      makeWork({ draft: { document: document as never, base_revision: 3, updated_at: "" } }),
      thresholds,
    );
    expect(again.regions).toEqual(store.doc.regions);
  });

  it("a draft older than the annotation is merged, and what differs needs a look", () => {
    const mine = { objects: [truth("p1", [12, 10, 30, 30], 1, "p1")] };
    const work = makeWork({
      draft: { document: mine as never, base_revision: 2, updated_at: "" },
      annotation: {
        revision: 3,
        objects: [truth("p1", [10, 10, 40, 30], 1, "p1") as never, truth("m-2", [0, 0, 9, 9], 2) as never],
      },
    });
    const doc = docFromWork(work, thresholds);
    expect(
      listRegions(doc)
        .filter((region) => region.needsCheck)
        .map((region) => region.id)
        .sort(),
    ).toEqual(["p1", "p1-theirs"]);
    expect(doc.regions["m-2"]?.needsCheck).toBe(false);
  });

  it("an image's single class is one region", () => {
    const work = makeWork({
      prediction: { id: 1, source: { id: 1, name: "m" }, objects: [guessed("p1", undefined, 4, 0.7)] },
    });
    const store = opened(work);
    expect(store.doc.regions.p1).toMatchObject({ kind: "class", state: "pending", bbox: null });
    store.change({ name: "choose", edit: chooseClass(6, "m-9") });
    expect(toAnnotation(store.doc, thresholds)).toEqual({
      objects: [{ id: "p1", class_id: 6, origin: "edited", prediction_id: "p1" }],
    });
    store.change({ name: "choose", edit: chooseClass(4, "m-9") });
    expect(toAnnotation(store.doc, thresholds).objects[0]?.origin).toBe("accepted");
  });
});

describe("editing", () => {
  it("states follow from what was done to the guess", () => {
    const store = opened();
    store.change({ name: "box", edit: setBox("p2", [51, 10, 80, 40]) });
    expect(store.doc.regions.p2?.state).toBe("edited");
    store.change({ name: "box", edit: setBox("p2", [50, 10, 80, 40]) });
    expect(store.doc.regions.p2?.state).toBe("accepted");
    store.change({ name: "class", edit: setClass("p2", 9) });
    expect(store.doc.regions.p2?.state).toBe("edited");
    store.change({ name: "accept", edit: acceptRegion("p2") });
    expect(store.doc.regions.p2?.state).toBe("edited");
    store.change({ name: "restore", edit: restoreRegion("p2") });
    expect(store.doc.regions.p2).toMatchObject({ state: "pending", classId: 2, bbox: [50, 10, 80, 40] });
    expect(countChanges(store.doc, thresholds)).toEqual({
      accepted: 2,
      edited: 0,
      relabelled: 0,
      deleted: 0,
      added: 0,
    });
  });

  it("accepting all takes what is shown, and one undo takes it back", () => {
    const store = opened();
    const before = store.doc;
    store.change({ name: "acceptAll", edit: acceptShown(thresholds) });
    expect(store.doc.regions.p2?.state).toBe("accepted");
    expect(store.doc.regions.p3?.state).toBe("pending");
    expect(store.undo()).toBe("acceptAll");
    expect(store.doc).toEqual(before);
  });

  it("a change that changes nothing is no step", () => {
    const store = opened();
    expect(store.change({ name: "accept", edit: acceptRegion("p1") })).toBe(false);
    expect(store.state.past).toHaveLength(0);
  });

  it("nudges in a row are undone as one", () => {
    let now = 0;
    const store = new DocumentStore(() => now);
    store.load(docFromWork(makeWork(), thresholds), "p2");
    const before = store.doc;
    for (let step = 0; step < 20; step += 1) {
      now += 30;
      store.change({ name: "nudge", edit: nudge("p2", "box", 1, 0), joinKey: "nudge:p2" });
    }
    expect(store.doc.regions.p2?.bbox).toEqual([70, 10, 100, 40]);
    store.undo();
    expect(store.doc).toEqual(before);
    store.redo();
    expect(store.doc.regions.p2?.bbox).toEqual([70, 10, 100, 40]);
  });

  it("undo and redo bring the selection with them", () => {
    const store = opened();
    store.select("p2");
    store.change({ name: "add", edit: addRegion("m-1", 1, boxGeometry([0, 0, 5, 5])), select: "m-1" });
    expect(store.state.selectedId).toBe("m-1");
    store.undo();
    expect(store.state.selectedId).toBe("p2");
    store.redo();
    expect(store.state.selectedId).toBe("m-1");
  });

  it("any random commands, all undone, give the document of the start; all redone, that of the end", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = randomFrom(seed);
      const store = new DocumentStore(() => Math.floor(random() * 3000));
      // Every other one is a segmentation: masks and polygons that turn into one another, and lie over each other.
      store.load(docFromWork(seed % 2 === 0 ? makeWork() : makeMaskWork(), thresholds));
      const initial = structuredClone(store.doc);
      for (let step = 0; step < 60; step += 1) {
        const ids = [...store.doc.order, "nobody"];
        const id = ids[Math.floor(random() * ids.length)] ?? "nobody";
        const n = () => Math.floor(random() * 240) - 20;
        const spot = () => Math.floor(random() * 50);
        const [x, y] = [spot(), spot()];
        const area =
          random() < 0.5
            ? maskGeometry(maskOf(x, y, x + 1 + spot(), y + 1 + spot()))
            : polygonGeometry(ringOf(x, y, x + 9, y + 1 + spot()));
        const edits: Edit[] = [
          setGeometry(id, area),
          addRegion(`a-${seed}-${step}`, 1 + Math.floor(random() * 4), area),
          stackRegion(id, random() < 0.5 ? "front" : "back"),
          acceptRegion(id),
          rejectRegion(id),
          restoreRegion(id),
          acceptShown(thresholds),
          clearAll(thresholds),
          setClass(id, 1 + Math.floor(random() * 4)),
          setBox(id, [n(), n(), n() + 30, n() + 30]),
          nudge(id, random() < 0.5 ? "box" : "left-top", n() % 11, n() % 11),
          addRegion(`m-${seed}-${step}`, 1, boxGeometry([n(), n(), n() + 50, n() + 50])),
        ];
        const edit = edits[Math.floor(random() * edits.length)] as Edit;
        store.change({ name: "step", edit, ...(random() < 0.3 ? { joinKey: "k" } : {}) });
        if (random() < 0.15) store.undo();
        if (random() < 0.1) store.redo();
      }
      while (store.state.future.length > 0) store.redo();
      const end = structuredClone(store.doc);
      while (store.undo() !== null);
      expect(store.doc).toEqual(initial);
      while (store.redo() !== null);
      expect(store.doc).toEqual(end);
    }
  });
});
