import type { TruthDocument, TruthObject } from "@/document/annotation";
import type { Conflict } from "@/document/merge";
import type { ApiError } from "@/lib/api";

export type EntryKind = "draft" | "submit" | "skip" | "report" | "postpone";

/** waiting: will be sent · lease_lost, conflict, refused: kept here until a person says what to do. */
export type EntryStatus = "waiting" | "lease_lost" | "conflict" | "refused";

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Where in the document, for an invalid one. */
  readonly path: string | null;
}

/** What a report is about, as the person saw it. */
export interface PinnedRegion {
  readonly id: string;
  readonly class_id: number;
  readonly bbox: readonly [number, number, number, number] | null;
}

/** One piece of work on its way to the server. */
export interface Entry {
  readonly key: string;
  readonly owner: number;
  readonly projectId: number;
  readonly itemId: number;
  readonly itemName: string;
  readonly kind: EntryKind;
  readonly document: TruthDocument | null;
  /** The objects at `revision`: the third side of a merge. */
  readonly base: readonly TruthObject[];
  readonly revision: number;
  readonly leaseToken: string | null;
  /** The guess that the person saw: a model deployed meanwhile must not be judged by this work. */
  readonly predictionId: number | null;
  readonly idempotencyKey: string;
  readonly durationMs: number;
  readonly reason: string;
  readonly region?: PinnedRegion | null;
  readonly status: EntryStatus;
  readonly problem: Problem | null;
  readonly needsCheck: readonly string[];
  /** Both sides of what needs a check; entries of older pages have none. */
  readonly conflicts?: readonly Conflict[];
  /** Grows when the entry is overwritten, so that an answer to an older one does not remove it. */
  readonly version: number;
  readonly attempts: number;
  readonly createdAt: number;
  readonly dueAt: number;
}

export interface NewEntry {
  readonly projectId: number;
  readonly itemId: number;
  readonly itemName: string;
  readonly revision: number;
  readonly leaseToken: string | null;
  readonly predictionId?: number | null;
  readonly base?: readonly TruthObject[];
  readonly document?: TruthDocument;
  readonly durationMs?: number;
  readonly reason?: string;
  readonly region?: PinnedRegion | null;
}

/** What ends the work on an item for now, and what it may carry. */
export type DecisionKind = Exclude<EntryKind, "draft">;
export type DecisionParts = Pick<NewEntry, "document" | "reason" | "region">;

/** A draft and a decision of the same item have different keys, but are never on their way at the same time. */
export function entryKey(owner: number, itemId: number, kind: EntryKind): string {
  return `${owner}:${itemId}:${kind === "draft" ? "draft" : "decision"}`;
}

export function problemOf({ status, code, message, details }: ApiError): Problem {
  const { path } = details;
  const place = typeof path === "string" ? path : Array.isArray(path) ? path.join(".") : null;
  return { status, code, message, path: place };
}
