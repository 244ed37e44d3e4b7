/**
 * COCO run-length masks, the same bytes as `annotator.core.rle`: runs down the columns, zeros first, each run (from the
 * fourth on its difference to the one before the last) in groups of five bits, the sixth says that more follow, plus 48.
 * Source: pycocotools `common/maskApi.c`, rleToString and rleFrString.
 */
export interface Rle {
  /** [height, width] of the picture. */
  readonly size: readonly [number, number];
  readonly counts: string;
}

/** Lengths of runs, column by column, uncovered pixels first. */
export type Runs = Uint32Array;

const MAX_GROUPS = 7;

export function encodeCounts(runs: Runs): string {
  const bytes = new Uint8Array(runs.length * MAX_GROUPS);
  let length = 0;
  for (let n = 0; n < runs.length; n += 1) {
    let value = (runs[n] ?? 0) - (n > 2 ? (runs[n - 2] ?? 0) : 0);
    for (;;) {
      const group = value & 31;
      value >>= 5;
      const more = value !== ((group & 16) === 0 ? 0 : -1);
      bytes[length] = (more ? group | 32 : group) + 48;
      length += 1;
      if (!more) break;
    }
  }
  return new TextDecoder("ascii").decode(bytes.subarray(0, length));
}

/** Raises RangeError for text that is no mask. */
export function decodeCounts(text: string): Runs {
  const runs = new Uint32Array(text.length);
  let [length, value, weight, groups] = [0, 0, 1, 0];
  for (let n = 0; n < text.length; n += 1) {
    const code = text.charCodeAt(n) - 48;
    if (code < 0 || code > 63) throw new RangeError(`"${text[n]}" does not occur in a run-length mask`);
    // Not by shifts: a group of a long run lies beyond the 32 bits that shifts have.
    value += (code & 31) * weight;
    weight *= 32;
    groups += 1;
    if (groups > MAX_GROUPS) throw new RangeError("a run is longer than any picture");
    if ((code & 32) !== 0) continue;
    if ((code & 16) !== 0) value -= weight;
    if (length > 2) value += runs[length - 2] ?? 0;
    if (value < 0 || value > 0x7fffffff) throw new RangeError("a run has an impossible length");
    runs[length] = value;
    length += 1;
    [value, weight, groups] = [0, 1, 0];
  }
  if (groups > 0) throw new RangeError("the text ends within a run");
  return runs.slice(0, length);
}

/** The runs of a mask. Raises RangeError where they do not fill its size. */
export function runsOf(rle: Rle): Runs {
  const runs = decodeCounts(rle.counts);
  const pixels = rle.size[0] * rle.size[1];
  let sum = 0;
  for (const run of runs) sum += run;
  if (sum !== pixels) throw new RangeError(`the runs hold ${sum} pixels, the mask has ${pixels}`);
  return runs;
}

export function rleOf(runs: Runs, [height, width]: Rle["size"]): Rle {
  return { size: [height, width], counts: encodeCounts(runs) };
}
