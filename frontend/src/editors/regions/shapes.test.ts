import { describe, expect, it } from "vitest";
import { DocumentStore } from "@/document/documentStore";
import { rejectRegion, setBox } from "@/document/edits";
import { docFromWork } from "@/document/loadWork";
import { guessed, makeWork, thresholds } from "@/document/testing";
import { matchesClass } from "../classNames";
import type { DeskView } from "../desk";
import { regionRows } from "./regionRows";
import { ghostsOf, percent, shapesOf } from "./shapes";

const label = (id: number, name: string, name_zh: string, color: string) => ({
  id,
  index: id,
  name,
  name_zh,
  color,
  show_threshold: null,
  accept_threshold: null,
  archived: false,
});
const car = label(1, "car", "汽车", "#ff0000");
const light = label(2, "traffic light", "红绿灯", "#00ff00");
const view = {
  classes: [car, light],
  thresholds,
  ghost: true,
  tryOut: null,
  picked: new Set(),
} as unknown as DeskView;

function opened(scores: number[]): DocumentStore {
  const objects = scores.map((score, n) => guessed(`p${n}`, [n * 20, 0, n * 20 + 10, 10], 1, score));
  const store = new DocumentStore();
  store.load(
    docFromWork(makeWork({ prediction: { id: 1, source: { id: 1, name: "m" }, objects } }), thresholds),
  );
  return store;
}

describe("what is drawn of the regions", () => {
  it("confidence is line style: solid from the accept threshold, dashed, and dotted in the lower half", () => {
    const shapes = shapesOf(opened([0.95, 0.9, 0.8, 0.58, 0.57, 0.25, 0.2]).doc, view, "en");
    // The middle between 0.25 and 0.9 is 0.575.
    expect(shapes.map((shape) => shape.style)).toEqual(["solid", "solid", "dash", "dash", "dot", "dot"]);
    expect(shapes.map((shape) => shape.mark)).toEqual(["tick", "tick", null, null, "question", "question"]);
    expect(shapes.map((shape) => shape.calm)).toEqual([true, true, false, false, false, false]);
    expect(shapes[2]).toMatchObject({ label: "car 80 %", colour: "#ff0000" });
  });

  it("names are in the reader's language, and a class that is gone has its number", () => {
    expect(shapesOf(opened([0.8]).doc, view, "zh-Hans")[0]?.label).toBe("汽车 80 %");
    expect(shapesOf(opened([0.8]).doc, { ...view, classes: [] }, "en")[0]?.label).toBe("#1 80 %");
  });

  it("an edited region keeps the model's box as its ghost; a rejected one is only a ghost", () => {
    const store = opened([0.8, 0.8]);
    store.change({ name: "move", edit: setBox("p0", [1, 0, 11, 10]) });
    store.change({ name: "reject", edit: rejectRegion("p1") });
    expect(shapesOf(store.doc, view, "en").map((shape) => [shape.id, shape.mark])).toEqual([["p0", "notch"]]);
    expect(ghostsOf(store.doc, view, "en").map((ghost) => ghost.bbox)).toEqual([
      [0, 0, 10, 10],
      [20, 0, 30, 10],
    ]);
    expect(ghostsOf(store.doc, { ...view, ghost: false }, "en")).toEqual([]);
  });

  it("a score is never rounded up over a threshold", () => {
    expect([0.899, 0.9, 0.29, 0.07, 1].map(percent)).toEqual(["89 %", "90 %", "29 %", "7 %", "100 %"]);
  });
});

describe("the list of regions", () => {
  it("has three groups, without what is hidden", () => {
    const store = opened([0.95, 0.5, 0.4, 0.1]);
    store.change({ name: "reject", edit: rejectRegion("p2") });
    const rows = regionRows(store.doc, thresholds, "reading").map((row) =>
      row.kind === "group" ? `${row.name} ${row.count}` : `${row.position} ${row.region.id}`,
    );
    expect(rows).toEqual(["to_check 1", "1 p1", "changed 1", "2 p2", "accepted 1", "3 p0"]);
  });
});

describe("class search", () => {
  it("finds by part, by initials, and in Chinese", () => {
    const found = (typed: string) =>
      [car, light].filter((one) => matchesClass(one, typed)).map((one) => one.id);
    expect(found("")).toEqual([1, 2]);
    expect(found("LIGHT")).toEqual([2]);
    expect(found("tl")).toEqual([2]);
    expect(found("汽")).toEqual([1]);
    expect(found("zebra")).toEqual([]);
  });
});
