import type { TruthDocument } from "@/document/annotation";
import { mergeObjects } from "@/document/merge";
import type { Work } from "@/lib/api";
import type { Entry, NewEntry } from "@/outbox/entry";
import { say } from "./say";

export interface Resumed {
  readonly local: TruthDocument | null;
  readonly needsCheck: ReadonlySet<string>;
  /** True when it was submitted, so that a guess it leaves out was rejected. */
  readonly final: boolean;
}

/** Work kept in this browser, joined with what was submitted elsewhere since. */
export function resumed(work: Work, kept: Entry | null): Resumed {
  if (kept?.document == null) return { local: null, needsCheck: new Set(), final: false };
  const final = kept.kind === "submit";
  const needsCheck = new Set(kept.needsCheck);
  if (kept.revision === work.item.revision) return { local: kept.document, needsCheck, final };
  const merge = mergeObjects(kept.base, kept.document.objects, work.annotation?.objects ?? []);
  return {
    local: { ...kept.document, objects: merge.objects },
    needsCheck: new Set([...needsCheck, ...merge.conflicts]),
    final,
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
