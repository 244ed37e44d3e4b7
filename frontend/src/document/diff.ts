import { iou, sameBox } from "../geometry/boxes";
import { type Doc, listRegions, type Region } from "./region";

export type ChangeKind = "changed" | "added" | "removed";

/** What became of one region since the model guessed it. */
export interface Difference {
  readonly region: Region;
  readonly kind: ChangeKind;
  /** Overlap of the box with the guess's, 0..1; null where the geometry is the guess's or there is no guess. */
  readonly iou: number | null;
  /** The guess's class, where it is another now. */
  readonly classBefore: number | null;
}

function differenceOf(region: Region): Difference | null {
  const { prediction, bbox } = region;
  if (prediction === null) return { region, kind: "added", iou: null, classBefore: null };
  if (region.state === "rejected") return { region, kind: "removed", iou: null, classBefore: null };
  const moved = !sameBox(bbox, prediction.bbox);
  const relabelled = region.classId !== prediction.classId;
  if (!moved && !relabelled) return null;
  const overlap = moved && bbox !== null && prediction.bbox !== null ? iou(bbox, prediction.bbox) : null;
  return { region, kind: "changed", iou: overlap, classBefore: relabelled ? prediction.classId : null };
}

/** Everything that differs from the guesses, in reading order; what was only accepted does not. */
export function differences(doc: Doc): Difference[] {
  return listRegions(doc).flatMap((region) => differenceOf(region) ?? []);
}
