import { createStore, type StoreApi } from "zustand/vanilla";
import { asApiError } from "@/lib/api";
import { browserClock, type Clock, retryDelay } from "@/outbox/clock";
import type { Decision, GridApi, Outcome } from "../api";
import type { Kept, Outgoing, OutProblem, Sheet } from "./kept";

export interface CourierState {
  readonly batches: readonly Outgoing[];
  /** Key of the batch that is under way. */
  readonly sending: string | null;
  readonly signedOut: boolean;
  readonly durable: boolean;
}

interface Parts {
  readonly owner: number;
  readonly kept: Kept;
  readonly api: Pick<GridApi, "handIn" | "suggest">;
  readonly clock?: Clock;
}

/** What a batch is before it is on its way. */
export type Batch = Omit<Outgoing, "owner" | "problems" | "attempts" | "createdAt" | "dueAt">;

/** Counts of what waits, and of what a person has to see. */
export function waitingItems({ batches }: CourierState): number {
  return batches
    .filter(({ problems }) => problems.length === 0)
    .reduce((n, { items }) => n + items.length, 0);
}

export function stuckItems({ batches }: CourierState): number {
  return batches.reduce((n, { problems }) => n + problems.length, 0);
}

/** Decisions that came too late and say a class: whoever has the picture now can be told. */
export function suggestible({ items, problems }: Outgoing): readonly Decision[] {
  const lost = new Set(problems.flatMap(({ itemId, outcome }) => (outcome === "lease_lost" ? [itemId] : [])));
  return items.filter((one) => one.kind === "submit" && lost.has(one.item_id));
}

function problemsOf(outcomes: readonly Outcome[]): OutProblem[] {
  return outcomes.flatMap(({ item_id, outcome, problem }) =>
    outcome === "done" ? [] : [{ itemId: item_id, outcome, message: problem?.message ?? "" }],
  );
}

/**
 * Brings batches to the server, one after the other, and again under the same key until it answers. A batch is in the
 * browser's database before it leaves; pictures that the server does not take stay there until a person has seen them.
 */
export class Courier {
  readonly store: StoreApi<CourierState>;
  readonly owner: number;
  /** Told of every answer. */
  listener: (batch: Outgoing, outcomes: readonly Outcome[]) => void = () => {};
  private readonly kept: Kept;
  private readonly api: Parts["api"];
  private readonly clock: Clock;
  private timer: number | null = null;
  private closed = false;

  constructor({ owner, kept, api, clock = browserClock }: Parts) {
    this.owner = owner;
    this.kept = kept;
    this.api = api;
    this.clock = clock;
    this.store = createStore<CourierState>(() => ({
      batches: [],
      sending: null,
      signedOut: false,
      durable: kept.durable,
    }));
  }

  /** Takes up what an earlier page left behind. */
  async start(): Promise<void> {
    this.closed = false;
    const now = this.clock.now();
    const left = await this.kept.batches(this.owner);
    const batches = left.map((batch) => ({ ...batch, attempts: 0, dueAt: now }));
    this.store.setState({ batches: batches.sort((a, b) => a.createdAt - b.createdAt) });
    this.schedule();
  }

  close(): void {
    this.closed = true;
    if (this.timer !== null) this.clock.clearTimer(this.timer);
  }

  get batches(): readonly Outgoing[] {
    return this.store.getState().batches;
  }

  /** Pictures on their way: the server does not know yet that they are done. */
  get decided(): number[] {
    return this.batches.flatMap(({ problems, items }) =>
      problems.length === 0 ? items.map((one) => one.item_id) : [],
    );
  }

  async add(batch: Batch, sheet: Sheet) {
    const made = this.made(batch);
    // Shown at once: the next batch must not ask for these pictures again.
    this.store.setState({ batches: [...this.batches, made] });
    await this.hold(() => this.kept.send(made, sheet));
    this.schedule();
  }

  /** Keeps decisions on pictures that went to somebody else before the batch was handed in: a person says what becomes of them. */
  async keepLost(batch: Batch | null): Promise<void> {
    if (batch === null) return;
    const problems = batch.items.map((one) => ({
      itemId: one.item_id,
      outcome: "lease_lost" as const,
      message: "",
    }));
    const made = { ...this.made(batch), problems };
    this.store.setState({ batches: [...this.batches, made] });
    await this.hold(() => this.kept.putBatch(made));
  }

  private made(batch: Batch): Outgoing {
    const now = this.clock.now();
    return { ...batch, owner: this.owner, problems: [], attempts: 0, createdAt: now, dueAt: now };
  }

  /** Sends what came too late as suggestions; answers how many were taken. What is not taken stays, with the reason. */
  async suggest(key: string): Promise<number> {
    const batch = this.batches.find((one) => one.key === key);
    const items = batch === undefined ? [] : suggestible(batch);
    if (batch === undefined || items.length === 0) return 0;
    const outcomes = await this.api.suggest(batch.projectId, items);
    const asked = new Set(items.map((one) => one.item_id));
    const others = batch.problems.filter(({ itemId }) => !asked.has(itemId));
    const problems = problemsOf(outcomes);
    await this.answered(batch, [...others, ...problems]);
    return outcomes.length - problems.length;
  }

  /** Sends now what waits. */
  retryNow(): void {
    const now = this.clock.now();
    this.store.setState({ batches: this.batches.map((batch) => ({ ...batch, dueAt: now })) });
    this.schedule();
  }

  signedIn(): void {
    this.store.setState({ signedOut: false });
    this.retryNow();
  }

  /** The person has seen what the server did not take. */
  async dismiss(key: string): Promise<void> {
    this.store.setState({ batches: this.batches.filter((batch) => batch.key !== key) });
    await this.hold(() => this.kept.removeBatch(key));
  }

  /** Resolves once nothing is on its way. */
  settled(): Promise<void> {
    const idle = () => this.decided.length === 0;
    if (idle()) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.store.subscribe(() => {
        if (!idle()) return;
        stop();
        resolve();
      });
    });
  }

  private async hold(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch {
      this.store.setState({ durable: false });
    }
  }

  private schedule(): void {
    if (this.timer !== null) this.clock.clearTimer(this.timer);
    this.timer = null;
    const { batches, sending, signedOut } = this.store.getState();
    const next = batches.find(({ problems }) => problems.length === 0);
    if (this.closed || signedOut || sending !== null || next === undefined) return;
    this.timer = this.clock.setTimer(
      () => void this.send(next.key),
      Math.max(0, next.dueAt - this.clock.now()),
    );
  }

  private async send(key: string): Promise<void> {
    const batch = this.batches.find((one) => one.key === key);
    if (batch === undefined) return;
    this.store.setState({ sending: key });
    try {
      const outcomes = await this.api.handIn(batch.projectId, batch.items, key);
      await this.answered(batch, problemsOf(outcomes));
      this.listener(batch, outcomes);
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.signedOut) this.store.setState({ signedOut: true });
      else if (error.transient) {
        const attempts = batch.attempts + 1;
        const dueAt = this.clock.now() + retryDelay(attempts, this.clock.random());
        this.show({ ...batch, attempts, dueAt });
      } else {
        const { message } = error;
        await this.answered(
          batch,
          batch.items.map((one) => ({ itemId: one.item_id, outcome: "refused", message })),
        );
      }
    } finally {
      this.store.setState({ sending: null });
      this.schedule();
    }
  }

  private async answered(batch: Outgoing, problems: readonly OutProblem[]): Promise<void> {
    if (problems.length === 0) {
      await this.dismiss(batch.key);
      return;
    }
    const left = { ...batch, problems };
    this.show(left);
    await this.hold(() => this.kept.putBatch(left));
  }

  private show(batch: Outgoing): void {
    this.store.setState({ batches: this.batches.map((one) => (one.key === batch.key ? batch : one)) });
  }
}
