import type { Picture } from "@/canvas/paintImage";
import type { Proposal, Question } from "@/canvas/proposal";
import { makeWork } from "@/document/testing";
import { ApiError, type NothingLeft, type Project, type ThresholdEstimate, type Work } from "@/lib/api";
import type { Entry } from "@/outbox/entry";
import type { Submitted, Transport } from "@/outbox/transport";
import type { NextOptions, WorkApi } from "../api/workApi";
import type { Pictures } from "./pictures";

const label = (id: number, name: string, index: number) => ({
  id,
  index,
  name,
  name_zh: "",
  color: "#0072b2",
  show_threshold: null,
  accept_threshold: null,
  archived: false,
});

export function makeProject(change: Partial<Project> = {}): Project {
  return {
    id: 1,
    name: "Street",
    description: "",
    task_type: "object_detection",
    role: "annotator",
    capabilities: ["review"],
    classes: [label(1, "car", 0), label(2, "person", 1), label(3, "traffic light", 2)],
    show_threshold: 0.25,
    accept_threshold: 0.9,
    thresholds_calibrated: false,
    accept_found: false,
    target_precision: 0.98,
    submit_unchecked: true,
    spot_check_rate: 0.05,
    revision: 1,
    counts: {
      total: 3,
      new: 0,
      queued: 3,
      auto_accepted: 0,
      reviewed: 0,
      skipped: 0,
      problem: 0,
      waiting: 3,
    },
    splits: { train: 3, val: 0, test: 0 },
    deployment: null,
    can_cut_out: true,
    retrain: { due: false, triggers: [] },
    ...change,
  } as Project;
}

/** A server in memory: a queue of items, their revisions, and what was asked of it. */
export class FakeServer implements WorkApi, Transport {
  readonly asked: NextOptions[] = [];
  readonly submits: Entry[] = [];
  readonly drafts: Entry[] = [];
  readonly skips: Entry[] = [];
  readonly postponed: Entry[] = [];
  readonly suggested: Entry[] = [];
  readonly told: [number, string][] = [];
  readonly released: number[] = [];
  readonly questions: { itemId: number; question: Question; mask: boolean }[] = [];
  answer: Proposal | null = null;
  /** What the deployed model says. */
  modelAnswer: Proposal | null = null;
  readonly toModel: { itemId: number; question: Question; mask: boolean }[] = [];
  readonly works = new Map<number, Work>();
  /** Thrown by the next requests of these kinds, once each. */
  readonly failures: Partial<
    Record<
      "draft" | "submit" | "open" | "next" | "renew" | "suggest" | "tell" | "propose" | "model",
      ApiError[]
    >
  > = {};

  constructor(public waiting: number[]) {
    for (const id of waiting) this.works.set(id, makeWork({}, id));
  }

  work(id: number): Work {
    return this.works.get(id) ?? makeWork({}, id);
  }

  private fail(kind: keyof FakeServer["failures"]): void {
    const error = this.failures[kind]?.shift();
    if (error !== undefined) throw error;
  }

  async next(_projectId: number, options: NextOptions): Promise<Work | NothingLeft> {
    this.asked.push(options);
    this.fail("next");
    const id = this.waiting.find((one) => !options.exclude.includes(one));
    if (id === undefined)
      return { item: null, queue: { reason: null, remaining: 0 }, done_by_me: { items: 2, median_ms: 900 } };
    return { ...this.work(id), queue: { reason: "uncertain", remaining: this.waiting.length } };
  }

  async open(itemId: number): Promise<Work> {
    this.fail("open");
    return this.work(itemId);
  }

  async renewLease(_itemId: number, token: string) {
    this.fail("renew");
    return { token, until: "" };
  }

  async suggest(entry: Entry): Promise<void> {
    this.fail("suggest");
    this.suggested.push(entry);
  }

  async propose(itemId: number, question: Question, mask: boolean): Promise<Proposal | null> {
    this.fail("propose");
    this.questions.push({ itemId, question, mask });
    return this.answer;
  }

  async proposeByModel(itemId: number, question: Question, mask: boolean): Promise<Proposal | null> {
    this.toModel.push({ itemId, question, mask });
    this.fail("model");
    return this.modelAnswer;
  }

  async tellSuggestion(id: number, outcome: string): Promise<void> {
    this.fail("tell");
    this.told.push([id, outcome]);
  }

  async releaseLease(itemId: number): Promise<void> {
    this.released.push(itemId);
  }

  async draft(entry: Entry): Promise<void> {
    this.fail("draft");
    this.drafts.push(entry);
  }

  async submit(entry: Entry): Promise<Submitted> {
    this.fail("submit");
    this.submits.push(entry);
    this.waiting = this.waiting.filter((id) => id !== entry.itemId);
    const before = this.work(entry.itemId);
    const revision = before.item.revision + 1;
    const objects = (entry.document?.objects ?? []) as never;
    this.works.set(entry.itemId, {
      ...before,
      item: { ...before.item, revision },
      annotation: { revision, objects },
    });
    return { revision, state: "reviewed" };
  }

  async skip(entry: Entry): Promise<void> {
    this.skips.push(entry);
    this.waiting = this.waiting.filter((id) => id !== entry.itemId);
  }

  async report(entry: Entry): Promise<void> {
    await this.skip(entry);
  }

  async postpone(entry: Entry): Promise<void> {
    this.postponed.push(entry);
    this.waiting = [...this.waiting.filter((id) => id !== entry.itemId), entry.itemId];
  }
}

/** Pictures that are decoded at once. */
export class FakePictures {
  readonly loaded: number[] = [];
  broken = new Set<number>();
  shownId: number | null = null;

  peek(itemId: number): Picture | null {
    return this.loaded.includes(itemId) ? this.picture() : null;
  }

  async load(work: Work): Promise<Picture> {
    if (this.broken.has(work.item.id)) throw new Error("cannot be decoded");
    this.loaded.push(work.item.id);
    return this.picture();
  }

  async preview(): Promise<Picture | null> {
    return null;
  }

  private picture(): Picture {
    return { source: {} as CanvasImageSource, width: 200, height: 100, preview: false };
  }
}

/** Forty reviewed guesses, of which nine in ten were right. */
export const KNOWN: ThresholdEstimate = {
  accept: null,
  n: 40,
  curve: [{ threshold: 0.95, precision: 0.9, kept: 1 }],
};

export const asPictures = (pictures: FakePictures) => pictures as unknown as Pictures;
export const refusal = (status: number, code: string) => new ApiError(status, code, code);

/** Lets everything that waits for a turn of the event loop have it. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}
