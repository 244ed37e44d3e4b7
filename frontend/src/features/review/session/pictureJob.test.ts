import { describe, expect, it, vi } from "vitest";
import { levelSizes, levelsOf } from "./pictureJob";

function bytes(sizes: readonly (readonly [number, number])[]): number {
  return sizes.reduce((sum, [width, height]) => sum + 4 * width * height, 0);
}

describe("copies of a picture", () => {
  it("are halved until no side is long", () => {
    expect(levelSizes(1599, 1200)).toEqual([]);
    expect(levelSizes(3840, 2160)).toEqual([
      [1920, 1080],
      [960, 540],
    ]);
    expect(levelSizes(20_000, 20)).toEqual([
      [10_000, 10],
      [5000, 5],
      [2500, 3],
      [1250, 2],
    ]);
  });

  it("take a third of the picture's bytes", () => {
    // 33.2 MB at 4K and 400 MB for 100 megapixels.
    expect(bytes(levelSizes(3840, 2160))).toBe(8_294_400 + 2_073_600);
    expect(bytes(levelSizes(12_500, 8000)) / bytes([[12_500, 8000]])).toBeLessThan(1 / 3);
  });

  it("are made each of the one before, as many as there is memory for", async () => {
    const made: { from: unknown; width: number }[] = [];
    vi.stubGlobal("createImageBitmap", async (from: unknown, { resizeWidth }: ImageBitmapOptions) => {
      if (resizeWidth === 1500) throw new DOMException("The ImageBitmap could not be allocated.");
      const one = { from, width: resizeWidth ?? 0 };
      made.push(one);
      return one;
    });
    const picture = { width: 12_000, height: 900 } as ImageBitmap;
    expect(await levelsOf(picture)).toEqual(made);
    expect(made.map(({ width }) => width)).toEqual([6000, 3000]);
    expect(made[0]?.from).toBe(picture);
    expect(made[1]?.from).toBe(made[0]);
    vi.unstubAllGlobals();
  });
});
