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
  /** Opens the item again: a new lease and what the server holds now. */
  open(itemId: number): Promise<Work>;
}

/** A keepalive request may carry 64 kB; a longer draft is sent at the next start instead. */
const KEEPALIVE_LIMIT = 60_000;

export const httpTransport: Transport = {
  async draft(entry, keepalive) {
    const body = { document: entry.document, lease_token: entry.leaseToken };
    const short = keepalive && JSON.stringify(body).length <= KEEPALIVE_LIMIT;
    await api.put(`/api/items/${entry.itemId}/draft/`, body, { ifMatch: entry.revision, keepalive: short });
  },
  submit(entry) {
    return api.post<Submitted>(
      `/api/items/${entry.itemId}/submit/`,
      {
        document: { objects: entry.document?.objects ?? [] },
        lease_token: entry.leaseToken,
        duration_ms: entry.durationMs,
      },
      { ifMatch: entry.revision, idempotencyKey: entry.idempotencyKey },
    );
  },
  async skip(entry) {
    await api.post(`/api/items/${entry.itemId}/skip/`, {
      reason: entry.reason,
      lease_token: entry.leaseToken,
    });
  },
  async report(entry) {
    await api.post(`/api/items/${entry.itemId}/report/`, {
      reason: entry.reason,
      lease_token: entry.leaseToken,
    });
  },
  open(itemId) {
    return api.post<Work>(`/api/items/${itemId}/open/`, {});
  },
};
