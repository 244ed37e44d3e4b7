import { api, type Work } from "@/lib/api";
import type { Entry } from "./entry";

export interface Submitted {
  readonly revision: number;
  readonly state: string;
}

/** The requests that the outbox makes. All of them throw ApiError. */
export interface Transport {
  draft(entry: Entry, keepalive: boolean): Promise<void>;
  submit(entry: Entry): Promise<Submitted>;
  skip(entry: Entry): Promise<void>;
  report(entry: Entry): Promise<void>;
  postpone(entry: Entry): Promise<void>;
  /** Hands the work to whoever has the item now. */
  suggest(entry: Entry): Promise<void>;
  /** Opens the item again: a new lease and what the server holds now. */
  open(itemId: number): Promise<Work>;
}

/** A keepalive request may carry 64 kB; a longer draft is sent at the next start instead. */
const KEEPALIVE_LIMIT = 60_000;

function isShort(body: unknown): boolean {
  return JSON.stringify(body).length <= KEEPALIVE_LIMIT;
}

/** Whoever closes the tab right after a decision must not take it along: the request outlives the page. */
async function passOver(entry: Entry, how: "skip" | "report", more: object = {}): Promise<void> {
  const body = { reason: entry.reason, lease_token: entry.leaseToken, ...more };
  await api.post(`/api/items/${entry.itemId}/${how}/`, body, { keepalive: true });
}

export const httpTransport: Transport = {
  async draft(entry, keepalive) {
    const body = { document: entry.document, lease_token: entry.leaseToken };
    const outlives = keepalive && isShort(body);
    await api.put(`/api/items/${entry.itemId}/draft/`, body, {
      ifMatch: entry.revision,
      keepalive: outlives,
    });
  },
  submit(entry) {
    const body = {
      document: { objects: entry.document?.objects ?? [] },
      lease_token: entry.leaseToken,
      duration_ms: entry.durationMs,
      prediction_id: entry.predictionId,
    };
    return api.post<Submitted>(`/api/items/${entry.itemId}/submit/`, body, {
      ifMatch: entry.revision,
      idempotencyKey: entry.idempotencyKey,
      keepalive: isShort(body),
    });
  },
  async skip(entry) {
    await passOver(entry, "skip");
  },
  async report(entry) {
    await passOver(entry, "report", { region: entry.region ?? null });
  },
  async postpone(entry) {
    const body = { document: entry.document, lease_token: entry.leaseToken };
    await api.post(`/api/items/${entry.itemId}/postpone/`, body, {
      ifMatch: entry.revision,
      keepalive: isShort(body),
    });
  },
  async suggest(entry) {
    const body = { document: entry.document, base_revision: entry.revision };
    await api.post(`/api/items/${entry.itemId}/suggestions/`, body);
  },
  open(itemId) {
    return api.post<Work>(`/api/items/${itemId}/open/`, {});
  },
};
