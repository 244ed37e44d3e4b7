import { type DraftDoc, type Edit, rejectRegion, removeRegion, setClass, setGeometry } from "./edits";
import { readGeometry } from "./geometry";
import type { Conflict } from "./merge";

/** both: they stay beside each other, to be checked. */
export type Choice = "both" | "mine" | "theirs";

function takeTheirs(doc: DraftDoc, { id, twinId, theirs }: Conflict): void {
  if (theirs === null) {
    rejectRegion(id)(doc);
    return;
  }
  setClass(id, theirs.class_id)(doc);
  setGeometry(id, readGeometry(theirs))(doc);
  if (twinId !== null) removeRegion(doc, twinId);
}

function takeMine(doc: DraftDoc, { id, twinId, mine }: Conflict): void {
  if (twinId !== null) removeRegion(doc, twinId);
  const region = doc.regions[id];
  if (mine === null) rejectRegion(id)(doc);
  else if (region !== undefined) region.needsCheck = false;
}

/** Ends a conflict for one side; the other's object goes, and nothing of it is left to be checked. */
export function settleConflict(conflict: Conflict, choice: Choice): Edit {
  return (doc) => {
    if (choice === "mine") takeMine(doc, conflict);
    else if (choice === "theirs") takeTheirs(doc, conflict);
  };
}
