import { describe, expect, it } from "vitest";
import type { Summary } from "./api";
import { foundIn } from "./components/ScoreFilter";
import { BINS, changed, isFiltered, moveEnd, readRange, readSearch, spanned, writeRange } from "./search";

describe("a range of scores in the address", () => {
  it("is read back as it was written, for every two edges", () => {
    for (let low = 0; low < BINS; low += 1) {
      for (let high = low + 1; high <= BINS; high += 1) {
        const written = writeRange([low, high]);
        expect(written === "" ? [0, BINS] : readRange(written)).toEqual([low, high]);
      }
    }
  });

  it("is written in the numbers that the server compares with", () => {
    expect(writeRange([0, 12])).toBe("0..0.6");
    expect(writeRange([3, 7])).toBe("0.15..0.35");
    expect(writeRange([0, 20])).toBe("");
  });

  it("is none where it lies between edges, runs backwards or is something else", () => {
    for (const text of [
      "0.23..0.61",
      "0.6..0.2",
      "0.5..0.5",
      "none",
      "0.2",
      "-1..0.5",
      "0..1.05",
      "a..b",
      "",
    ]) {
      expect(readRange(text)).toBeNull();
    }
  });

  it("keeps its ends one bar apart and inside", () => {
    expect(moveEnd([4, 6], 0, 9)).toEqual([5, 6]);
    expect(moveEnd([4, 6], 1, 1)).toEqual([4, 5]);
    expect(moveEnd([4, 6], 0, -3)).toEqual([0, 6]);
    expect(moveEnd([4, 6], 1, 99)).toEqual([4, BINS]);
  });

  it("spans from the bar where a drag began, in both directions, also past the edge", () => {
    expect(spanned(3, 7)).toEqual([3, 8]);
    expect(spanned(7, 3)).toEqual([3, 8]);
    expect(spanned(5, 5)).toEqual([5, 6]);
    expect(spanned(5, -4)).toEqual([0, 6]);
    expect(spanned(25, 18)).toEqual([18, BINS]);
  });
});

describe("what a range holds", () => {
  const bins = Array.from({ length: BINS }, (_, index) => ({ n: index + 1, waiting: index % 2 }));
  const summary: Summary = {
    bins,
    no_guess: { n: 100, waiting: 60 },
    items: 7,
    waiting: 3,
    review: { median_ms: 8000, submits: 40, needed: 10 },
    datasets: [],
    computed_at: "2026-11-26T00:00:00Z",
  };

  it("is summed from the bars", () => {
    expect(foundIn(summary, "0..0.2", null)).toEqual({ n: 1 + 2 + 3 + 4, waiting: 2 });
    expect(foundIn(summary, "", null)).toEqual({ n: 210 + 100, waiting: 10 + 60 });
    expect(foundIn(summary, "none", null)).toEqual({ n: 100, waiting: 60 });
  });

  it("follows the drag before the address does", () => {
    expect(foundIn(summary, "none", [18, 20])).toEqual({ n: 39, waiting: 1 });
    expect(foundIn(summary, "0..0.2", [0, 20])).toEqual({ n: 310, waiting: 70 });
  });

  it("is the server's word between the edges", () => {
    expect(foundIn(summary, "0.23..0.61", null)).toEqual({ n: 7, waiting: 3 });
  });
});

describe("the address", () => {
  it("holds filter, order, view and the open item; what it does not know falls back", () => {
    const search = readSearch(
      new URLSearchParams("score=0..0.6&order=score&view=table&item=12&state=queued"),
    );
    expect(search.filter).toMatchObject({ score: "0..0.6", state: "queued", class: "" });
    expect([search.order, search.view, search.opened]).toEqual(["score", "table", 12]);
    const odd = readSearch(new URLSearchParams("order=name&view=list&item=x"));
    expect([odd.order, odd.view, odd.opened]).toEqual(["oldest", "grid", null]);
    expect(isFiltered(odd.filter)).toBe(false);
  });

  it("drops what became empty and leaves the rest", () => {
    expect(String(changed(new URLSearchParams("q=a&score=0..0.6"), { score: "", state: "new" }))).toBe(
      "q=a&state=new",
    );
  });
});
