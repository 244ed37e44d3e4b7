import { describe, expect, it } from "vitest";
import { coverageOf, covers } from "./coverage";
import { type Crop, cropOfRuns, maskBox, runsArea, runsOfCrop, united, without } from "./crop";
// Written by the server's codec (`prelabel.core.masks.encode_mask`): both sides must make the same bytes.
import fixtures from "./fixtures.json";
import { decodeCounts, encodeCounts, type Rle, rleOf, runsOf } from "./rle";

function cropOfRows(rows: readonly string[]): Crop {
  const bits = Uint8Array.from(rows.join(""), (mark) => (mark === "#" ? 1 : 0));
  return { x: 0, y: 0, width: rows[0]?.length ?? 0, height: rows.length, bits };
}

function discCrop(cx: number, cy: number, radius: number, [height, width]: readonly number[]): Crop {
  const bits = new Uint8Array((width ?? 0) * (height ?? 0));
  for (let y = 0, at = 0; y < (height ?? 0); y += 1)
    for (let x = 0; x < (width ?? 0); x += 1, at += 1)
      bits[at] = (x - cx) ** 2 + (y - cy) ** 2 < radius ** 2 ? 1 : 0;
  return { x: 0, y: 0, width: width ?? 0, height: height ?? 0, bits };
}

describe("run-length masks", () => {
  it.each(fixtures.small)("$name has the server's bytes, and comes back from them", ({ rows, counts }) => {
    const crop = cropOfRows(rows);
    const size = [crop.height, crop.width] as const;
    expect(rleOf(runsOfCrop(crop, size), size)).toEqual({ size: [...size], counts });
    const runs = runsOf({ size, counts });
    expect(encodeCounts(runs)).toBe(counts);
    const back = cropOfRuns(runs, size);
    expect(runsOfCrop(back, size)).toEqual(runs);
    const coverage = coverageOf(runs, size);
    const seen = rows.map((row, y) =>
      Array.from(row, (_, x) => (covers(coverage, x + 0.5, y + 0.5) ? "#" : ".")),
    );
    expect(seen.map((row) => row.join(""))).toEqual(rows);
    expect(coverage.area).toBe(rows.join("").replaceAll(".", "").length);
  });

  it("a 4K disc has the server's bytes", () => {
    const { disc, size, counts } = fixtures.disc;
    const [height, width] = [size[0] ?? 0, size[1] ?? 0];
    const [cx, cy, radius] = [disc[0] ?? 0, disc[1] ?? 0, disc[2] ?? 0];
    const rle: Rle = rleOf(runsOfCrop(discCrop(cx, cy, radius, size), [height, width]), [height, width]);
    expect(rle.counts).toBe(counts);
    // x and y of the covered pixels go from centre − (radius − 1) to centre + (radius − 1).
    expect(maskBox(rle)).toEqual([cx - radius + 1, cy - radius + 1, cx + radius, cy + radius]);
    expect(cropOfRuns(runsOf(rle), rle.size).bits.length).toBe((2 * radius - 1) ** 2);
    expect(runsArea(runsOf(rle))).toBeCloseTo(Math.PI * radius * radius, -4);
  });

  it("runs of a billion pixels keep their last digit", () => {
    const runs = Uint32Array.from([1_999_999_999, 1, 3, 147_483_000]);
    expect(decodeCounts(encodeCounts(runs))).toEqual(runs);
  });

  it("text that is no mask is refused", () => {
    expect(() => decodeCounts("0\u007f")).toThrow(/does not occur/);
    expect(() => decodeCounts("ooooooooo")).toThrow(/longer than any picture/);
    expect(() => decodeCounts("o")).toThrow(/ends within a run/);
    expect(() => runsOf({ size: [4, 5], counts: "3" })).toThrow("the runs hold 3 pixels, the mask has 20");
  });

  it("a mask that covers nothing has the whole picture for its box", () => {
    expect(maskBox({ size: [4, 5], counts: "d0" })).toEqual([0, 0, 5, 4]);
  });

  it("masks are joined and cut out pixel by pixel, whatever their crops", () => {
    const left = { ...cropOfRows(["##", "##"]), x: 1, y: 1 };
    const right = { ...cropOfRows(["##", "##"]), x: 2, y: 2 };
    const both = united(left, right);
    expect([both.x, both.y, both.width, both.height]).toEqual([1, 1, 3, 3]);
    expect(Array.from(both.bits).join("")).toBe("110111011");
    expect(Array.from(without(left, right).bits).join("")).toBe("1110");
  });
});
