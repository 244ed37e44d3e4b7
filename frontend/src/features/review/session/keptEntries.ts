import type { TruthDocument } from "@/document/annotation";
import type { Conflict } from "@/document/merge";
import { guessObjects, mergeWork } from "@/document/mergeWork";
import type { Work } from "@/lib/api";
import type { DecisionParts, Entry, NewEntry } from "@/outbox/entry";
import { say } from "./say";

/** What both sides of a merge began with: the annotation, or the guesses where there was none. */
export function baseOf(work: Work): Entry["base"] {
  if (work.annotation !== null) return work.annotation.objects;
  return guessObjects(work.prediction?.objects ?? []);
}

export interface Resumed {
  readonly local: TruthDocument | null;
  readonly needsCheck: ReadonlySet<string>;
  /** True when it was submitted, so that a guess it leaves out was rejected. */
  readonly final: boolean;
  readonly conflicts: readonly Conflict[];
}

/** Work kept in this browser, joined with what was submitted elsewhere since. */
export function resumed(work: Work, kept: Entry | null): Resumed {
  if (kept?.document == null) return { local: null, needsCheck: new Set(), final: false, conflicts: [] };
  const final = kept.kind === "submit";
  const needsCheck = new Set(kept.needsCheck);
  const conflicts = kept.conflicts ?? [];
  if (kept.revision === work.item.revision) return { local: kept.document, needsCheck, final, conflicts };
  const merge = mergeWork(kept.base, kept.document, { objects: work.annotation?.objects ?? [] });
  return {
    local: merge.document,
    needsCheck: new Set([...needsCheck, ...merge.conflicts]),
    final,
    conflicts: [...conflicts, ...merge.pairs],
  };
}

/** What is done on an item, as it goes to the server. */
export function entryOf(projectId: number, work: Work, durationMs: number, more: DecisionParts): NewEntry {
  return {
    projectId,
    itemId: work.item.id,
    itemName: work.item.name,
    revision: work.item.revision,
    leaseToken: work.lease?.token ?? null,
    predictionId: work.prediction?.id ?? null,
    base: baseOf(work),
    durationMs,
    ...more,
  };
}

/** The same work as a new entry: for one that was taken out and goes back. */
export function again({ document, ...entry }: Entry): NewEntry {
  return document === null ? entry : { ...entry, document };
}

/** Why an entry does not get away by itself. */
export function stuckText(entry: Entry): string {
  const name = entry.itemName;
  if (entry.status === "lease_lost") return say("note.lease_lost", { name });
  if (entry.status === "conflict") return say("note.conflict", { name });
  return say("note.refused", { name, message: entry.problem?.message ?? "" });
}
