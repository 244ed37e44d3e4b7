import { createStore, type StoreApi } from "zustand/vanilla";
import { mergeWork } from "@/document/mergeWork";
import { type ApiError, asApiError, type Work } from "@/lib/api";
import { browserClock, type Clock, DRAFT_LONGEST_MS, DRAFT_QUIET_MS, retryDelay } from "./clock";
import { type Entry, type EntryKind, entryKey, type NewEntry, type Problem, problemOf } from "./entry";
import type { OutboxState } from "./pill";
import type { Storage } from "./storage";
import type { Submitted, Transport } from "./transport";

export interface OutboxListener {
  submitted?(entry: Entry, answer: Submitted): void;
  /** An entry stays here and needs a person. */
  stuck?(entry: Entry): void;
  /** The lease of an item was lost while it was being worked on. */
  leaseLost?(itemId: number): void;
  /** The item changed on the server while a draft of it is open; return true to take the merge over. */
  stale?(entry: Entry, work: Work): boolean;
}

interface Parts {
  readonly owner: number;
  readonly storage: Storage;
  readonly transport: Transport;
  readonly clock?: Clock;
  readonly listener?: OutboxListener;
}

/**
 * Work on its way to the server. An entry is in the browser's database before the page says that it is kept, and
 * leaves it only after the server's answer; at most one request per item is under way.
 */
export class Outbox {
  readonly store: StoreApi<OutboxState>;
  listener: OutboxListener;
  readonly owner: number;
  private readonly storage: Storage;
  private readonly transport: Transport;
  private readonly clock: Clock;
  private readonly busyItems = new Set<number>();
  private timer: number | null = null;
  private closed = false;
  private lastVersion = 0;

  constructor({ owner, storage, transport, clock = browserClock, listener = {} }: Parts) {
    this.owner = owner;
    this.storage = storage;
    this.transport = transport;
    this.clock = clock;
    this.listener = listener;
    this.store = createStore<OutboxState>(() => ({
      entries: [],
      sending: [],
      signedOut: false,
      durable: storage.durable,
    }));
  }

  /** Takes up what an earlier page left behind. */
  async start(): Promise<void> {
    this.closed = false;
    const kept = await this.storage.all(this.owner);
    const known = new Set(this.entries.map((entry) => entry.key));
    const due = this.clock.now();
    const fresh = kept
      .filter((entry) => !known.has(entry.key))
      .map((entry) => ({ ...entry, dueAt: due, attempts: 0 }));
    this.store.setState({ entries: [...this.entries, ...fresh].sort((a, b) => a.createdAt - b.createdAt) });
    this.schedule();
  }

  close(): void {
    this.closed = true;
    if (this.timer !== null) this.clock.clearTimer(this.timer);
  }

  get entries(): readonly Entry[] {
    return this.store.getState().entries;
  }

  /** How many are done as soon as they arrive; what was put off goes on counting among what remains. */
  get answers(): number {
    return this.entries.filter(({ kind }) => kind !== "draft" && kind !== "postpone").length;
  }

  entryOf(itemId: number): Entry | null {
    return (
      this.entries.find((entry) => entry.itemId === itemId && entry.kind !== "draft") ??
      this.entries.find((entry) => entry.itemId === itemId) ??
      null
    );
  }

  async saveDraft(draft: NewEntry): Promise<void> {
    const before = this.entries.find((entry) => entry.key === entryKey(this.owner, draft.itemId, "draft"));
    const now = this.clock.now();
    // A draft on its way is done with: the next one has its own five seconds.
    const createdAt = before === undefined || this.busyItems.has(draft.itemId) ? now : before.createdAt;
    const entry = this.build(
      "draft",
      draft,
      createdAt,
      Math.min(now + DRAFT_QUIET_MS, createdAt + DRAFT_LONGEST_MS),
    );
    await this.keep(entry);
  }

  submit(decision: NewEntry): Promise<void> {
    return this.decide("submit", decision);
  }

  skip(decision: NewEntry): Promise<void> {
    return this.decide("skip", decision);
  }

  report(decision: NewEntry): Promise<void> {
    return this.decide("report", decision);
  }

  postpone(decision: NewEntry): Promise<void> {
    return this.decide("postpone", decision);
  }

  /** A decision takes the place of the item's draft. */
  private async decide(kind: EntryKind, decision: NewEntry): Promise<void> {
    const now = this.clock.now();
    const entry = this.build(kind, decision, now, now);
    const draftKey = entryKey(this.owner, decision.itemId, "draft");
    await this.hold(() => this.storage.swap(entry, draftKey));
    this.show([...this.entries.filter((other) => other.key !== draftKey && other.key !== entry.key), entry]);
    this.schedule();
  }

  private build(kind: EntryKind, from: NewEntry, createdAt: number, dueAt: number): Entry {
    return {
      key: entryKey(this.owner, from.itemId, kind),
      owner: this.owner,
      projectId: from.projectId,
      itemId: from.itemId,
      itemName: from.itemName,
      kind,
      document: from.document ?? null,
      base: from.base ?? [],
      revision: from.revision,
      leaseToken: from.leaseToken,
      predictionId: from.predictionId ?? null,
      idempotencyKey: crypto.randomUUID(),
      durationMs: from.durationMs ?? 0,
      reason: from.reason ?? "",
      region: from.region ?? null,
      status: "waiting",
      problem: null,
      needsCheck: [],
      version: this.nextVersion(),
      attempts: 0,
      createdAt,
      dueAt,
    };
  }

  /** Never the same twice, not even for two changes within one turn or across reloads. */
  private nextVersion(): number {
    this.lastVersion = Math.max(this.lastVersion + 1, this.clock.now());
    return this.lastVersion;
  }

  /** A full disk must not stop the work: entries then live in this tab, and the page says so. */
  private async hold(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch {
      this.store.setState({ durable: false });
    }
  }

  private show(entries: readonly Entry[]): void {
    this.store.setState({ entries });
  }

  private async keep(entry: Entry): Promise<void> {
    await this.hold(() => this.storage.put(entry));
    const position = this.entries.findIndex((other) => other.key === entry.key);
    this.show(
      position < 0
        ? [...this.entries, entry]
        : this.entries.map((other) => (other.key === entry.key ? entry : other)),
    );
    this.schedule();
  }

  private async forget(entry: Entry): Promise<void> {
    const gone = await this.storage.remove(entry.key, entry.version);
    if (!gone) return;
    this.show(this.entries.filter((other) => other.key !== entry.key || other.version !== entry.version));
  }

  /** Throws an entry away: the person chose so. */
  async discard(key: string): Promise<void> {
    const entry = this.entries.find((other) => other.key === key);
    if (entry !== undefined) await this.forget(entry);
  }

  /** Takes back a decision that has not been sent yet; null when it is on its way or gone. */
  async withdraw(itemId: number): Promise<Entry | null> {
    const entry = this.entries.find((other) => other.itemId === itemId && other.kind !== "draft");
    if (entry === undefined || this.busyItems.has(itemId)) return null;
    await this.forget(entry);
    return entry;
  }

  /** Resolves once no request for the item is on its way. */
  settled(itemId: number): Promise<void> {
    const waits = () => this.busyItems.has(itemId) && !this.closed;
    if (!waits()) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.store.subscribe(() => {
        if (waits()) return;
        stop();
        resolve();
      });
    });
  }

  /** Somebody signed in again: everything waiting goes out at once. */
  signedIn(): void {
    this.store.setState({ signedOut: false });
    this.retryNow();
  }

  /** Sends now what waits, drafts included: on request, when the network is back, and before the page hides. */
  retryNow(keepalive = false): void {
    const now = this.clock.now();
    this.show(this.entries.map((entry) => (entry.status === "waiting" ? { ...entry, dueAt: now } : entry)));
    this.pump(keepalive);
  }

  private schedule(): void {
    if (this.timer !== null) this.clock.clearTimer(this.timer);
    this.timer = null;
    if (this.closed || this.store.getState().signedOut) return;
    const waiting = this.entries.filter(
      (entry) => entry.status === "waiting" && !this.busyItems.has(entry.itemId),
    );
    if (waiting.length === 0) return;
    const next = Math.min(...waiting.map((entry) => entry.dueAt));
    this.timer = this.clock.setTimer(() => this.pump(false), Math.max(0, next - this.clock.now()));
  }

  private pump(keepalive: boolean): void {
    if (this.closed || this.store.getState().signedOut) return;
    const now = this.clock.now();
    for (const entry of this.entries) {
      if (entry.status !== "waiting" || entry.dueAt > now || this.busyItems.has(entry.itemId)) continue;
      void this.send(entry, keepalive);
    }
    this.schedule();
  }

  private async send(entry: Entry, keepalive: boolean): Promise<void> {
    this.busyItems.add(entry.itemId);
    this.store.setState({ sending: [...this.store.getState().sending, entry.key] });
    try {
      const answer = await this.request(entry, keepalive);
      await this.forget(entry);
      if (answer !== null) this.listener.submitted?.(entry, answer);
    } catch (error) {
      await this.failed(entry, asApiError(error));
    } finally {
      this.busyItems.delete(entry.itemId);
      this.store.setState({ sending: this.store.getState().sending.filter((key) => key !== entry.key) });
      this.schedule();
    }
  }

  private async request(entry: Entry, keepalive: boolean): Promise<Submitted | null> {
    if (entry.kind === "submit") return this.transport.submit(entry);
    if (entry.kind === "draft") await this.transport.draft(entry, keepalive);
    else await this.transport[entry.kind](entry);
    return null;
  }

  private async failed(entry: Entry, error: ApiError): Promise<void> {
    const attempts = entry.attempts + 1;
    if (error.signedOut) {
      this.store.setState({ signedOut: true });
    } else if (error.transient) {
      const dueAt = this.clock.now() + retryDelay(attempts, this.clock.random());
      await this.update(entry, { attempts, dueAt });
    } else if (error.code === "lease_lost") {
      await this.stick(entry, "lease_lost", error);
      this.listener.leaseLost?.(entry.itemId);
    } else if (error.status === 412) {
      await this.mergeStale(entry);
    } else {
      await this.stick(entry, "refused", error);
    }
  }

  /** Changes an entry, unless it was overwritten meanwhile. */
  private async update(entry: Entry, change: Partial<Entry>): Promise<Entry | null> {
    const held = this.entries.find((other) => other.key === entry.key);
    if (held === undefined || held.version !== entry.version) return null;
    const next = { ...held, ...change };
    await this.hold(() => this.storage.put(next));
    this.show(this.entries.map((other) => (other.key === next.key ? next : other)));
    return next;
  }

  private async stick(entry: Entry, status: Entry["status"], error: ApiError): Promise<void> {
    const stuck = await this.update(entry, { status, problem: problemOf(error) });
    if (stuck !== null) this.listener.stuck?.(stuck);
  }

  /** 412: fetch what the server holds, merge by region id, and send again if nobody needs to look. */
  private async mergeStale(entry: Entry): Promise<void> {
    try {
      await this.rebase(entry, await this.transport.open(entry.itemId));
    } catch (error) {
      const failure = asApiError(error);
      if (failure.status === 412) await this.stick(entry, "conflict", failure);
      else await this.failed(entry, failure);
    }
  }

  private async rebase(entry: Entry, work: Work): Promise<void> {
    const renewed = {
      revision: work.item.revision,
      leaseToken: work.lease?.token ?? null,
      idempotencyKey: crypto.randomUUID(),
      dueAt: this.clock.now(),
      status: "waiting",
      problem: null,
    } as const;
    if (entry.document === null || work.item.revision === entry.revision) {
      await this.update(entry, renewed);
      return;
    }
    if (entry.kind === "draft" && this.listener.stale?.(entry, work)) {
      await this.forget(entry);
      return;
    }
    const theirs = work.annotation?.objects ?? [];
    const { document, conflicts, pairs } = mergeWork(entry.base, entry.document, { objects: theirs });
    const merged = {
      ...renewed,
      base: theirs,
      document,
      needsCheck: conflicts,
      conflicts: pairs,
    };
    if (conflicts.length === 0) {
      await this.update(entry, merged);
      return;
    }
    const problem: Problem = { status: 412, code: "stale_revision", message: "", path: null };
    const stuck = await this.update(entry, { ...merged, status: "conflict", problem });
    if (stuck !== null) this.listener.stuck?.(stuck);
  }

  /** "Send my changes": opens the item again for a new lease, merges what came in between, and sends. */
  sendAgain(itemId: number): Promise<void> {
    return this.alone(itemId, async (entry) => this.rebase(entry, await this.transport.open(itemId)));
  }

  /** Hands the work to whoever has the item now; it leaves this place only when the server has it. */
  suggest(itemId: number): Promise<void> {
    return this.alone(itemId, async (entry) => {
      await this.transport.suggest(entry);
      await this.forget(entry);
    });
  }

  /** Does something with an item's work while nothing else of the item is on its way. */
  private async alone(itemId: number, action: (entry: Entry) => Promise<void>): Promise<void> {
    await this.settled(itemId);
    const entry = this.entryOf(itemId);
    if (entry === null) return;
    this.busyItems.add(itemId);
    try {
      await action(entry);
    } catch (error) {
      const failure = asApiError(error);
      if (failure.signedOut) this.store.setState({ signedOut: true });
      else if (!failure.transient) await this.stick(entry, entry.status, failure);
      throw failure;
    } finally {
      this.busyItems.delete(itemId);
      this.show([...this.entries]);
      this.schedule();
    }
  }

  /** Everything kept here, as text to save by hand: the last resort. */
  exportJson(): string {
    const exported_at = new Date(this.clock.now()).toISOString();
    return JSON.stringify({ exported_at, entries: this.entries }, null, 2);
  }
}
