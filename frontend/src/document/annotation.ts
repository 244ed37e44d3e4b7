import { isArea, type StoredGeometry, writeGeometry } from "./geometry";
import { type Doc, isKept, listRegions, type Region, type Thresholds } from "./region";

/** One object of an annotation document, as the server stores it. */
export interface TruthObject extends StoredGeometry {
  readonly id: string;
  readonly class_id: number;
  readonly origin: "manual" | "accepted" | "edited";
  readonly prediction_id: string | null;
}

/** What a draft adds: decisions that leave no object behind would otherwise be forgotten by a reload. */
export interface ReviewNotes {
  readonly rejected: readonly string[];
  /** All regions from below to above, where some are areas. */
  readonly order?: readonly string[];
}

export interface TruthDocument {
  readonly objects: readonly TruthObject[];
  readonly review?: ReviewNotes;
}

function toObject(region: Region): TruthObject {
  const origin = region.state === "pending" ? "accepted" : region.state;
  return {
    id: region.id,
    ...writeGeometry(region),
    class_id: region.classId,
    origin: origin === "rejected" ? "manual" : origin,
    prediction_id: region.prediction?.id ?? null,
  };
}

/** What a submit sends: everything that is drawn, and nothing that is hidden or rejected. */
export function toAnnotation(doc: Doc, thresholds: Thresholds): TruthDocument {
  return {
    objects: listRegions(doc)
      .filter((region) => isKept(region, thresholds))
      .map(toObject),
  };
}

/** What autosave sends: only what a person or the accept threshold has decided; the rest stays to be checked. */
export function toDraft(doc: Doc): TruthDocument {
  const regions = listRegions(doc);
  const rejected = regions.filter((region) => region.state === "rejected").map((region) => region.id);
  // The order of objects tells nothing of a guess left open that was laid above or below the others.
  const order = regions.some(isArea) ? { order: [...doc.order] } : {};
  return {
    objects: regions
      .filter((region) => region.state !== "rejected" && region.state !== "pending")
      .map(toObject),
    review: { rejected, ...order },
  };
}

export interface Changes {
  readonly accepted: number;
  readonly edited: number;
  readonly relabelled: number;
  readonly deleted: number;
  readonly added: number;
}

/** What a person did to the guesses that were shown. */
export function countChanges(doc: Doc, thresholds: Thresholds): Changes {
  const counts = { accepted: 0, edited: 0, relabelled: 0, deleted: 0, added: 0 };
  for (const region of listRegions(doc)) {
    if (region.state === "rejected") counts.deleted += 1;
    else if (!isKept(region, thresholds)) continue;
    else if (region.prediction === null) counts.added += 1;
    else if (region.classId !== region.prediction.classId) counts.relabelled += 1;
    else if (region.state === "edited") counts.edited += 1;
    else counts.accepted += 1;
  }
  return counts;
}
