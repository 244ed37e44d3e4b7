import { type Box, clampBox, type MovedPart, nudgeBox, sameBox } from "../geometry/boxes";
import { type Doc, isShown, isUnchecked, type Region, type RegionKind, type Thresholds } from "./region";

/** Changes of a document. Each takes a mutable draft of it and leaves all bookkeeping (undo, saving) to the store. */
export type DraftDoc = {
  width: number;
  height: number;
  order: string[];
  regions: Record<string, { -readonly [K in keyof Region]: Region[K] }>;
};
export type Edit = (doc: DraftDoc) => void;

function settledState(region: Region): Region["state"] {
  if (region.prediction === null) return "manual";
  const same = region.classId === region.prediction.classId && sameBox(region.bbox, region.prediction.bbox);
  return same ? "accepted" : "edited";
}

/** Says that the region is right as it stands. */
export function acceptRegion(id: string): Edit {
  return (doc) => {
    const region = doc.regions[id];
    if (region === undefined) return;
    region.state = settledState(region);
    region.needsCheck = false;
  };
}

/** True for what may be accepted with others: what two people changed wants a look of its own. */
export function isAcceptable(region: Region, thresholds: Thresholds): boolean {
  return isUnchecked(region, thresholds) && !region.needsCheck;
}

export function acceptShown(thresholds: Thresholds): Edit {
  return (doc) => {
    for (const id of doc.order) {
      const region = doc.regions[id];
      if (region !== undefined && isAcceptable(region, thresholds)) region.state = settledState(region);
    }
  };
}

export function removeRegion(doc: DraftDoc, id: string): void {
  delete doc.regions[id];
  const position = doc.order.indexOf(id);
  if (position >= 0) doc.order.splice(position, 1);
}

/** A guess is rejected and can be brought back; one's own region is deleted. */
export function rejectRegion(id: string): Edit {
  return (doc) => {
    const region = doc.regions[id];
    if (region === undefined) return;
    if (region.prediction === null) {
      removeRegion(doc, id);
      return;
    }
    region.state = "rejected";
    region.needsCheck = false;
  };
}

/** Brings a region back to what the model said, to be decided again. */
export function restoreRegion(id: string): Edit {
  return (doc) => {
    const region = doc.regions[id];
    if (region === undefined || region.prediction === null) return;
    region.bbox = region.prediction.bbox;
    region.classId = region.prediction.classId;
    region.state = "pending";
    region.needsCheck = false;
  };
}

export function setClass(id: string, classId: number): Edit {
  return (doc) => {
    const region = doc.regions[id];
    if (region === undefined) return;
    region.classId = classId;
    region.state = settledState(region);
    region.needsCheck = false;
  };
}

export function setBox(id: string, box: Box): Edit {
  return (doc) => {
    const region = doc.regions[id];
    if (region === undefined || region.bbox === null) return;
    region.bbox = clampBox(box, doc);
    region.state = settledState(region);
    region.needsCheck = false;
  };
}

export function nudge(id: string, part: MovedPart, dx: number, dy: number): Edit {
  return (doc) => {
    const box = doc.regions[id]?.bbox;
    if (box != null) setBox(id, nudgeBox(box, part, dx, dy, doc))(doc);
  };
}

export function addRegion(id: string, kind: RegionKind, classId: number, bbox: Box | null): Edit {
  return (doc) => {
    const box = bbox === null ? null : clampBox(bbox, doc);
    doc.regions[id] = { id, kind, bbox: box, classId, state: "manual", prediction: null, needsCheck: false };
    doc.order.push(id);
  };
}

/** Rejects every guess that is shown and deletes every region of one's own. */
export function clearAll(thresholds: Thresholds): Edit {
  return (doc) => {
    for (const id of [...doc.order]) {
      const region = doc.regions[id];
      if (region !== undefined && isShown(region, thresholds)) rejectRegion(id)(doc);
    }
  };
}

/** The single class of an image: an answer equal to the guess accepts it, any other edits it. */
export function chooseClass(classId: number, newId: string): Edit {
  return (doc) => {
    const first = doc.order.find((id) => doc.regions[id]?.kind === "class");
    if (first === undefined) addRegion(newId, "class", classId, null)(doc);
    else setClass(first, classId)(doc);
  };
}

export function replaceWith(next: Doc): Edit {
  return (doc) => {
    doc.order = [...next.order];
    doc.regions = { ...next.regions };
  };
}
