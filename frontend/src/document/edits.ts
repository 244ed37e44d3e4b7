import { type Box, clampBox, type MovedPart, nudgeBox } from "../geometry/boxes";
import { moveRings, roundRings } from "../geometry/polygons";
import {
  boxGeometry,
  type Geometry,
  geometryOf,
  polygonGeometry,
  sameGeometry,
  WHOLE_PICTURE,
} from "./geometry";
import { type Doc, isShown, isUnchecked, type Region, type Thresholds } from "./region";

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
  const same = region.classId === region.prediction.classId && sameGeometry(region, region.prediction);
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
    Object.assign(region, geometryOf(region.prediction));
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

/** Gives the region another outline, if need be of another kind. */
export function setGeometry(id: string, geometry: Geometry): Edit {
  return (doc) => {
    const region = doc.regions[id];
    if (region === undefined) return;
    if (!sameGeometry(region, geometry)) Object.assign(region, geometryOf(geometry));
    region.state = settledState(region);
    region.needsCheck = false;
  };
}

export function setBox(id: string, box: Box): Edit {
  return (doc) => {
    if (doc.regions[id]?.kind === "bbox") setGeometry(id, boxGeometry(clampBox(box, doc)))(doc);
  };
}

/** Moves a box or some of its sides, or a polygon; a mask is painted where it is. */
export function nudge(id: string, part: MovedPart, dx: number, dy: number): Edit {
  return (doc) => {
    const region = doc.regions[id];
    if (region?.kind === "bbox" && region.bbox !== null)
      setBox(id, nudgeBox(region.bbox, part, dx, dy, doc))(doc);
    if (region?.kind === "polygon" && region.rings !== null)
      setGeometry(id, polygonGeometry(roundRings(moveRings(region.rings, dx, dy, doc))))(doc);
  };
}

/** A region of one's own; of areas it lies above all others. */
export function addRegion(id: string, classId: number, geometry: Geometry): Edit {
  return (doc) => {
    const { kind, bbox } = geometry;
    const drawn = kind === "bbox" && bbox !== null ? boxGeometry(clampBox(bbox, doc)) : geometryOf(geometry);
    doc.regions[id] = { id, ...drawn, classId, state: "manual", prediction: null, needsCheck: false };
    doc.order.push(id);
  };
}

/** Lays the region above or below all others. */
export function stackRegion(id: string, place: "front" | "back"): Edit {
  return (doc) => {
    const at = doc.order.indexOf(id);
    const wanted = place === "front" ? doc.order.length - 1 : 0;
    if (at < 0 || at === wanted) return;
    doc.order.splice(at, 1);
    doc.order.splice(wanted, 0, id);
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
    if (first === undefined) addRegion(newId, classId, WHOLE_PICTURE)(doc);
    else setClass(first, classId)(doc);
  };
}

export function replaceWith(next: Doc): Edit {
  return (doc) => {
    doc.order = [...next.order];
    doc.regions = { ...next.regions };
  };
}
