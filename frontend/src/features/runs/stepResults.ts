import type { RunEvent } from "@/lib/api";

/** What a model had become after one step of its compression. */
export interface StepResult {
  step: string;
  size_bytes: number;
  metric: number | null;
  latency_ms: number | null;
  seconds: number | null;
}

/** One plan that was gone through, with the results of its steps so far. */
export interface Attempt {
  number: number;
  steps: StepResult[];
  /** All of its steps have a result. */
  whole: boolean;
}

interface Slot {
  /** From 1. */
  place: number;
  step: string;
  result: StepResult | null;
}

interface Draft {
  number: number;
  slots: Slot[];
  /** How many steps its plan has, as its stages say. */
  total: number;
}

export function isStepResult({ data }: RunEvent): boolean {
  return typeof data?.step === "string" && typeof data.size_bytes === "number";
}

/** A plan that is tried again, changed, begins its steps anew; so does each trial of a search. */
function begun({ data }: RunEvent): number | null {
  return number(data?.attempt) ?? number(data?.trial);
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function resultOf(event: RunEvent): StepResult {
  const data = event.data ?? {};
  return {
    step: String(data.step),
    size_bytes: Number(data.size_bytes),
    metric: number(data.metric),
    latency_ms: number(data.latency_ms),
    seconds: number(data.seconds),
  };
}

const slotKey = (attempt: number, { place, step }: Slot) => `${attempt}/${place}/${step}`;

/**
 * The plans in the order in which they were tried. A step that was done again (a retry) counts with its last result.
 * A step that a plan shares with an earlier one is not done again: it has a stage, but no result of its own.
 */
export function attemptsOf(events: RunEvent[]): Attempt[] {
  const known = new Map<string, StepResult>();
  let drafts: Draft[] = [{ number: 1, slots: [], total: 0 }];
  for (const event of events) {
    const next = begun(event);
    if (next !== null) drafts.push({ number: next, slots: [], total: 0 });
    const [, place, total, step] = /^step (\d+)\/(\d+) (\w+)$/.exec(event.message) ?? [];
    if (event.kind === "stage" && step) {
      // A worker that takes a run over begins with the first plan again, and finds what is done already.
      if (drafts.at(-1)?.slots.some((slot) => slot.place >= Number(place)))
        drafts = [{ number: 1, slots: [], total: 0 }];
      const draft = drafts.at(-1);
      draft?.slots.push({ place: Number(place), step, result: null });
      if (draft) draft.total = Number(total);
    }
    const draft = drafts.at(-1);
    if (draft && isStepResult(event)) keep(draft, resultOf(event), known);
  }
  return settled(drafts, known).filter(({ steps }) => steps.length > 0);
}

function keep(draft: Draft, result: StepResult, known: Map<string, StepResult>): void {
  let slot = draft.slots.findLast(({ step }) => step === result.step);
  if (!slot) {
    slot = { place: draft.slots.length + 1, step: result.step, result: null };
    draft.slots.push(slot);
  }
  slot.result = result;
  known.set(slotKey(draft.number, slot), result);
}

function settled(drafts: Draft[], known: Map<string, StepResult>): Attempt[] {
  const done: { attempt: Attempt; slots: Slot[] }[] = [];
  for (const { number: count, slots, total } of drafts) {
    const full = slots.map((slot, index) => {
      const own = slot.result ?? known.get(slotKey(count, slot)) ?? null;
      // The last one without a result goes on, or could not be done; one before it was taken from an earlier plan.
      const shared = own || index === slots.length - 1 ? null : sharedWith(done, slot);
      return { ...slot, result: own ?? shared };
    });
    const steps = full.flatMap(({ result }) => result ?? []);
    const whole = steps.length > 0 && steps.length === Math.max(total, full.length);
    done.push({ attempt: { number: count, steps, whole }, slots: full });
  }
  return done.map(({ attempt }) => attempt);
}

function sharedWith(done: { attempt: Attempt; slots: Slot[] }[], { place, step }: Slot): StepResult | null {
  // Plans are changed from the last one that could be gone through.
  const ordered = [...done].sort(
    (a, b) => Number(b.attempt.whole) - Number(a.attempt.whole) || b.attempt.number - a.attempt.number,
  );
  const slots = ordered.flatMap((one) => one.slots);
  return slots.find((slot) => slot.place === place && slot.step === step && slot.result)?.result ?? null;
}
