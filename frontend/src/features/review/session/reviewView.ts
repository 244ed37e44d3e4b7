import type { DialogName } from "@/commands/command";
import type { Conflict } from "@/document/merge";
import { NEVER, type Thresholds } from "@/document/region";
import type { DeskView } from "@/editors";
import type { LabelClass, Project, SuggestedWork, Work } from "@/lib/api";
import { rememberedOrder } from "./orderMemory";

export type Phase = "opening" | "working" | "empty" | "failed";

export type ImageState =
  | { readonly name: "loading"; readonly received: number; readonly total: number; readonly slow: boolean }
  | { readonly name: "ready" }
  | { readonly name: "broken"; readonly message: string; readonly transient: boolean };

/** A short line over the canvas that goes away by itself. */
export interface Note {
  readonly text: string;
  readonly tone: "calm" | "ask";
  /** Offers to undo; the offer goes away with the note, so it never means another item. */
  readonly undo: boolean;
  /** Names another command that the note offers with its key. */
  readonly offer: "correctInstead" | null;
}

export const NOTHING_PICKED: ReadonlySet<string> = new Set();

const NONE_ASIDE: ReadonlySet<number> = new Set();

export interface ReviewView extends DeskView {
  /** What both sides changed, not yet settled. */
  readonly conflicts: readonly Conflict[];
  /** What others would have handed in for this item. */
  readonly suggestions: readonly SuggestedWork[];
  /** Those that were put aside while the item was open: they can be brought back. */
  readonly putAside: ReadonlySet<number>;
  /** Classes that were taken away while this page was open. */
  readonly vanished: readonly LabelClass[];
  readonly phase: Phase;
  readonly work: Work | null;
  readonly image: ImageState;
  readonly leaseLost: boolean;
  /** Open in another tab of this browser. */
  readonly elsewhere: boolean;
  readonly dialog: DialogName | null;
  readonly note: Note | null;
  /** True between the first Enter, which said what was not looked at, and the next change. */
  readonly asked: boolean;
  /** Whether a second Enter submits what nobody looked at; the project says so. */
  readonly submitUnchecked: boolean;
  readonly done: number;
  /** Of the item in hand among those of this sitting and those that wait; both count from 1. */
  readonly position: number;
  readonly total: number;
  readonly doneByMe: { readonly items: number; readonly median_ms: number | null } | null;
  readonly problem: string | null;
}

export function projectThresholds(project: Project): Thresholds {
  const perClass = Object.fromEntries(
    project.classes.map((label) => [
      label.id,
      { show: label.show_threshold, accept: label.accept_threshold },
    ]),
  );
  // Where thresholds are found, a class without one is never accepted: prelabel/services/routing.py does the same.
  const accept = project.accept_found ? NEVER : project.accept_threshold;
  return { show: project.show_threshold, accept, perClass };
}

/** Once a person moves the slider, it holds for every class: what the slider says is what is shown. */
export function withShow(thresholds: Thresholds, show: number): Thresholds {
  const perClass = Object.fromEntries(
    Object.entries(thresholds.perClass).map(([id, own]) => [id, { show: null, accept: own.accept }]),
  );
  return { show, accept: thresholds.accept, perClass };
}

/** What does not outlive an item. */
export function freshItem(work: Work) {
  return {
    ghost: false,
    diff: false,
    picked: NOTHING_PICKED,
    tryOut: null,
    note: null,
    problem: null,
    dialog: null,
    conflicts: [],
    suggestions: work.suggestions ?? [],
    putAside: NONE_ASIDE,
  };
}

export function firstView(project: Project): ReviewView {
  const classes = project.classes.filter((label) => !label.archived).sort((a, b) => a.index - b.index);
  return {
    itemId: null,
    itemName: "",
    picture: null,
    classes,
    thresholds: projectThresholds(project),
    tool: "select",
    labels: "all",
    ghost: false,
    part: "box",
    nextClassId: classes[0]?.id ?? null,
    readOnly: false,
    picked: NOTHING_PICKED,
    order: rememberedOrder(),
    diff: false,
    measured: { estimate: null, under: projectThresholds(project) },
    brushRadius: 12,
    tolerance: 1.5,
    tryOut: null,
    conflicts: [],
    suggestions: [],
    putAside: NONE_ASIDE,
    vanished: [],
    phase: "opening",
    work: null,
    image: { name: "loading", received: 0, total: 0, slow: false },
    leaseLost: false,
    elsewhere: false,
    dialog: null,
    note: null,
    asked: false,
    submitUnchecked: project.submit_unchecked,
    done: 0,
    position: 1,
    total: project.counts.waiting,
    doneByMe: null,
    problem: null,
  };
}
