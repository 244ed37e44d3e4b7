import { describe, expect, it } from "vitest";
import { DocumentStore } from "@/document/documentStore";
import { rejectRegion, setClass } from "@/document/edits";
import { docFromWork } from "@/document/loadWork";
import { guessed, makeWork, thresholds } from "@/document/testing";
import { histogramOf, precisionFrom } from "./histogram";

describe("the histogram of scores", () => {
  it("has twentieths, 1 in the last, each divided by what was decided", () => {
    const scores = [0.05, 0.15, 0.5, 0.51, 0.52, 0.95, 1];
    const objects = scores.map((score, n) => guessed(`p${n}`, [n * 20, 0, n * 20 + 10, 10], 1, score));
    const store = new DocumentStore();
    store.load(
      docFromWork(makeWork({ prediction: { id: 1, source: { id: 1, name: "m" }, objects } }), thresholds),
    );
    store.change({ name: "class", edit: setClass("p3", 2) });
    store.change({ name: "reject", edit: rejectRegion("p4") });
    const found = histogramOf(store.doc, thresholds);
    expect(found.bars).toHaveLength(20);
    expect([found.bars[1]?.check, found.bars[3]?.check]).toEqual([1, 1]);
    expect(found.bars[10]).toEqual({ accepted: 0, changed: 1, rejected: 1, check: 1 });
    expect(found.bars[19]).toEqual({ accepted: 2, changed: 0, rejected: 0, check: 0 });
    expect(found).toMatchObject({ tallest: 3, hidden: 2, total: 7 });
    expect(found.sum).toEqual({ accepted: 2, changed: 1, rejected: 1, check: 1 });
  });

  it("names the precision of what lies at or above a score, or says that nobody knows", () => {
    const curve = [
      { threshold: 0.95, precision: 1, kept: 0.2 },
      { threshold: 0.8, precision: 0.9, kept: 0.5 },
      { threshold: 0.4, precision: 0.7, kept: 1 },
    ];
    const estimate = { accept: 0.95, n: 200, curve };
    expect(precisionFrom(estimate, 0.8)).toEqual({ precision: 0.9, n: 100 });
    expect(precisionFrom(estimate, 0.81)).toEqual({ precision: 1, n: 40 });
    expect(precisionFrom(estimate, 0.96)).toBeNull();
    expect(precisionFrom({ accept: null, n: 0, curve: [] }, 0.5)).toBeNull();
    expect(precisionFrom(null, 0.5)).toBeNull();
  });
});
