import { ApiError, type LabelClass, type Project } from "@/lib/api";
import type { Decision, GridApi, GridRow, Held, Outcome, Wanted } from "../api";

export const HAT = 1;
export const SHOES = 2;
export const SHIRT = 3;

export function label(id: number, name: string): LabelClass {
  return {
    ...{ id, index: id, name, name_zh: "", color: "#0072b2", archived: false },
    ...{ show_threshold: null, accept_threshold: null },
  };
}

export function makeProject(): Project {
  const classes = [label(HAT, "hat"), label(SHOES, "shoes"), label(SHIRT, "shirt")];
  return { id: 7, classes, task_type: "image_classification" } as Project;
}

export function row(id: number, change: Partial<GridRow> = {}): GridRow {
  return {
    item: {
      ...{ id, name: `${id}.jpg`, width: 64, height: 48, split: "train", state: "queued", revision: 0 },
      ...{ thumbnail_url: `/api/items/${id}/thumbnail/`, image_url: `/api/items/${id}/image/` },
    },
    guess: { prediction_id: 1000 + id, class_id: HAT, score: 0.9, top3: [] },
    answer: null,
    lease: { token: `lease-${id}`, until: "" },
    reason: "uncertain",
    ...change,
  };
}

/** A server for one person: it leases what waits, and remembers what it was told under which key. */
export class FakeServer implements GridApi {
  readonly told: { key: string; items: readonly Decision[] }[] = [];
  readonly asked: Wanted[] = [];
  readonly released: number[] = [];
  /** Each is thrown once, by the next batch that is handed in. */
  readonly failures: ApiError[] = [];
  readonly outcomes = new Map<number, Outcome["outcome"]>();
  lost: number[] = [];
  private readonly leased = new Set<number>();
  private readonly done = new Map<number, number>();

  constructor(public waiting: number[]) {}

  next = async (_project: number, wanted: Wanted): Promise<GridRow[]> => {
    this.asked.push(wanted);
    const free = this.waiting.filter((id) => !this.done.has(id) && !wanted.exclude.includes(id));
    // What the person holds comes first, as on the real one.
    const held = (id: number) => Number(this.leased.has(id));
    const given = [...free].sort((a, b) => held(b) - held(a)).slice(0, wanted.most);
    for (const id of given) this.leased.add(id);
    return given.map((id) => row(id));
  };

  reopen = async (_project: number, itemIds: readonly number[]): Promise<GridRow[]> =>
    itemIds.flatMap((id) => {
      const answer = this.done.get(id);
      if (answer === undefined) return this.waiting.includes(id) ? [row(id)] : [];
      const fresh = row(id, { answer });
      return [{ ...fresh, item: { ...fresh.item, state: "reviewed", revision: 1 } }];
    });

  handIn = async (_project: number, items: readonly Decision[], key: string): Promise<Outcome[]> => {
    this.told.push({ key, items });
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    return items.map(({ item_id, class_id, kind }) => {
      const outcome = this.outcomes.get(item_id) ?? "done";
      if (outcome === "done" && kind === "submit") this.done.set(item_id, class_id ?? 0);
      else this.waiting = this.waiting.filter((id) => id !== item_id);
      return { item_id, outcome, problem: outcome === "done" ? null : { code: outcome, message: "no" } };
    });
  };

  readonly suggested: Decision[] = [];
  /** Pictures for which no suggestion is taken. */
  readonly refusing = new Set<number>();

  suggest = async (_project: number, items: readonly Decision[]): Promise<Outcome[]> => {
    this.suggested.push(...items);
    return items.map(({ item_id }) =>
      this.refusing.has(item_id)
        ? { item_id, outcome: "refused", problem: { code: "refused", message: "gone" } }
        : { item_id, outcome: "done", problem: null },
    );
  };

  renew = async (): Promise<number[]> => this.lost;

  release = async (_project: number, leases: readonly Held[]): Promise<void> => {
    this.released.push(...leases.map(({ item_id }) => item_id));
  };
}

export const offline = () => new ApiError(0, "offline", "no network");
