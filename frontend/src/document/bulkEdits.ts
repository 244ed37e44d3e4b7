import { type DraftDoc, type Edit, removeRegion, setBox, setClass } from "./edits";

/** The same edit on several regions, as one step. */
export function onEach(ids: readonly string[], edit: (id: string) => Edit): Edit {
  return (doc) => {
    for (const id of ids) edit(id)(doc);
  };
}

/** Takes away the box that was drawn, and gives its geometry to the guess under it. */
export function correctInstead(drawnId: string, guessId: string): Edit {
  return (doc) => {
    const drawn = doc.regions[drawnId];
    const box = drawn?.kind === "bbox" ? drawn.bbox : null;
    if (box === null || doc.regions[guessId] === undefined) return;
    removeRegion(doc, drawnId);
    setBox(guessId, box)(doc);
  };
}

function relabel(doc: DraftDoc, id: string, classId: number): void {
  const region = doc.regions[id];
  if (region === undefined) return;
  // A guess that nobody looked at stays to be checked: giving its class a new name is no decision about it.
  if (region.state === "pending" || region.state === "rejected") region.classId = classId;
  else setClass(id, classId)(doc);
}

/** Gives all regions of a class that is gone another one; `to` names the new class of each old one. */
export function mapClasses(to: ReadonlyMap<number, number>): Edit {
  return (doc) => {
    for (const id of doc.order) {
      const classId = to.get(doc.regions[id]?.classId ?? Number.NaN);
      if (classId !== undefined) relabel(doc, id, classId);
    }
  };
}
