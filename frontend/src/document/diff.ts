import type { Size } from "../geometry/boxes";
import { readingList } from "./checkOrder";
import { overlap, sameGeometry } from "./geometry";
import type { Doc, Region } from "./region";

export type ChangeKind = "changed" | "added" | "removed";

/** What became of one region since the model guessed it. */
export interface Difference {
  readonly region: Region;
  readonly kind: ChangeKind;
  /** Overlap with what the guess covers, 0..1; null where the geometry is the guess's or there is no guess. */
  readonly iou: number | null;
  /** The guess's class, where it is another now. */
  readonly classBefore: number | null;
}

function differenceOf(region: Region, size: Size): Difference | null {
  const { prediction } = region;
  if (prediction === null) return { region, kind: "added", iou: null, classBefore: null };
  if (region.state === "rejected") return { region, kind: "removed", iou: null, classBefore: null };
  const moved = !sameGeometry(region, prediction);
  const relabelled = region.classId !== prediction.classId;
  if (!moved && !relabelled) return null;
  const iou = moved ? overlap(region, prediction, size) : null;
  return { region, kind: "changed", iou, classBefore: relabelled ? prediction.classId : null };
}

/** Everything that differs from the guesses, in reading order; what was only accepted does not. */
export function differences(doc: Doc): Difference[] {
  return readingList(doc).flatMap((region) => differenceOf(region, doc) ?? []);
}
