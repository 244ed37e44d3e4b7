import type { Entry } from "./entry";

export type PillName = "saved" | "saving" | "waiting" | "conflict" | "signin";

export interface Pill {
  readonly name: PillName;
  readonly count: number;
}

export interface OutboxState {
  readonly entries: readonly Entry[];
  /** Keys of the entries on their way. */
  readonly sending: readonly string[];
  readonly signedOut: boolean;
  readonly durable: boolean;
}

/** What the save pill says, the most urgent first. */
export function pillOf({ entries, sending, signedOut }: OutboxState, online: boolean): Pill {
  if (entries.length === 0) return { name: signedOut ? "signin" : "saved", count: 0 };
  if (signedOut) return { name: "signin", count: entries.length };
  const stuck = entries.filter((entry) => entry.status !== "waiting");
  if (stuck.length > 0) return { name: "conflict", count: stuck.length };
  const delayed = !online || entries.some((entry) => entry.attempts > 0);
  if (delayed) return { name: "waiting", count: entries.length };
  return { name: "saving", count: Math.max(sending.length, entries.length) };
}
