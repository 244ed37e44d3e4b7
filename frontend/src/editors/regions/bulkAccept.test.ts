import { describe, expect, it } from "vitest";
import { thresholds } from "@/document/testing";
import { bulkAccept } from "./bulkAccept";

const curve = [
  { threshold: 0.9, precision: 1, kept: 0.2 },
  { threshold: 0.5, precision: 0.9, kept: 1 },
];
const measured = (n: number, under = thresholds) => ({ estimate: { accept: null, n, curve }, under });
const slid = (show: number) => ({ ...thresholds, show });

describe("accepting all at once", () => {
  it("is on with twenty reviewed guesses from there on, and says how often they were right", () => {
    expect(bulkAccept(measured(20), thresholds)).toEqual({ on: true, from: 0.25, precision: 0.9, n: 20 });
    expect(bulkAccept(measured(100), slid(0.6))).toEqual({ on: true, from: 0.6, precision: 1, n: 20 });
  });

  it("is off with fewer, with none that high, and before the server has answered", () => {
    expect(bulkAccept(measured(19), thresholds)).toMatchObject({ on: false, why: "few", n: 19 });
    expect(bulkAccept(measured(95), slid(0.6))).toMatchObject({ on: false, why: "few", n: 19 });
    expect(bulkAccept(measured(500), slid(0.95))).toMatchObject({ on: false, why: "few", n: 0 });
    expect(bulkAccept({ estimate: null, under: thresholds }, thresholds)).toMatchObject({ why: "unknown" });
  });

  it("is off below what was measured, of any class", () => {
    expect(bulkAccept(measured(100), slid(0.2))).toMatchObject({ on: false, why: "below", from: 0.2 });
    const strict = { ...thresholds, perClass: { 7: { show: 0.6, accept: null } } };
    expect(bulkAccept(measured(100, strict), slid(0.5))).toMatchObject({ on: false, why: "below" });
    expect(bulkAccept(measured(100, strict), strict)).toMatchObject({ on: true, from: 0.25 });
    expect(bulkAccept(measured(100, strict), slid(0.6))).toMatchObject({ on: true, from: 0.6 });
  });
});
