import { asApiError } from "@/lib/api";
import type { WorkApi } from "../api/workApi";

export interface Lease {
  readonly itemId: number;
  readonly token: string;
}

interface Parts {
  readonly api: Pick<WorkApi, "renewLease">;
  /** The item in hand first, then those held ahead. */
  readonly leases: () => readonly Lease[];
  readonly idleMs: () => number;
  readonly lost: (itemId: number) => void;
}

const BEAT_MS = 60_000;
/** Somebody who left the page open does not hold an item for ever. */
const IDLE_LIMIT_MS = 10 * 60_000;

/** Renews the leases of the items in hand for as long as somebody works on them. */
export class Heartbeat {
  private timer: number | null = null;

  constructor(private readonly parts: Parts) {}

  start(): void {
    this.timer ??= window.setInterval(() => void this.beat(), BEAT_MS);
  }

  stop(): void {
    if (this.timer !== null) window.clearInterval(this.timer);
    this.timer = null;
  }

  async beat(): Promise<void> {
    if (this.parts.idleMs() > IDLE_LIMIT_MS) return;
    for (const { itemId, token } of this.parts.leases()) {
      try {
        await this.parts.api.renewLease(itemId, token);
      } catch (error) {
        if (asApiError(error).code === "lease_lost") this.parts.lost(itemId);
      }
    }
  }
}
