import type { PlannedStep } from "@/lib/api";

/** The five pages of the wizard, in order. */
export const STEPS = ["data", "model", "plan", "gates", "review"] as const;
export type WizardStep = (typeof STEPS)[number];

/** What was chosen so far. Texts of number fields stay as typed; "" = not set. It lives in the address, so that it can be sent and reloaded. */
export interface Draft {
  /** Id of a frozen version; "" = freeze what is reviewed now. */
  version: string;
  source: "existing" | "train";
  /** Id of the model version to compress. */
  model: string;
  /** What to train: "" = the default, a base model's slug, or the id of an own model. */
  base: string;
  recipe: string;
  epochs: string;
  imageSize: string;
  trainMinutes: string;
  batch: string;
  /** Id of the teacher's version; "" = the largest at hand. */
  teacher: string;
  /** Slug of a preset; "own" = the plan below. */
  preset: string;
  plan: PlannedStep[];
  search: boolean;
  searchMinutes: string;
  searchTrials: string;
  sizeMb: string;
  latencyMs: string;
  device: string;
  minMetric: string;
  /** Per cent. */
  maxDrop: string;
  gateDrop: string;
  gateClassDrop: string;
  gateLatencyMs: string;
  gateSizeMb: string;
  targets: string[];
  seed: string;
  minutes: string;
  queue: "cpu" | "gpu";
  deploy: boolean;
}

export const EMPTY: Draft = {
  version: "",
  source: "existing",
  model: "",
  base: "",
  recipe: "quick",
  epochs: "",
  imageSize: "",
  trainMinutes: "",
  batch: "",
  teacher: "",
  preset: "quick",
  plan: [],
  search: false,
  searchMinutes: "",
  searchTrials: "",
  sizeMb: "",
  latencyMs: "",
  device: "",
  minMetric: "",
  maxDrop: "2",
  gateDrop: "2",
  gateClassDrop: "",
  gateLatencyMs: "",
  gateSizeMb: "",
  targets: [],
  seed: "0",
  minutes: "",
  queue: "cpu",
  deploy: false,
};

export const OWN_PLAN = "own";

function isPlan(value: unknown): value is PlannedStep[] {
  return (
    Array.isArray(value) &&
    value.every(
      (one) =>
        typeof one === "object" &&
        one !== null &&
        typeof one.step === "string" &&
        typeof one.options === "object" &&
        one.options !== null &&
        !Array.isArray(one.options),
    )
  );
}

function fits(name: keyof Draft, value: unknown): boolean {
  if (name === "plan") return isPlan(value);
  if (name === "targets") return Array.isArray(value) && value.every((one) => typeof one === "string");
  if (name === "source") return value === "existing" || value === "train";
  if (name === "queue") return value === "cpu" || value === "gpu";
  return typeof value === typeof EMPTY[name];
}

/** The draft of an address. What is missing, unknown or of another form is as in an empty draft: addresses are typed by people. */
export function readDraft(search: URLSearchParams): Draft {
  let given: unknown;
  try {
    given = JSON.parse(search.get("draft") ?? "{}");
  } catch {
    return { ...EMPTY };
  }
  if (typeof given !== "object" || given === null) return { ...EMPTY };
  const known = Object.entries(given).filter(
    ([name, value]) => name in EMPTY && fits(name as keyof Draft, value),
  );
  return { ...EMPTY, ...Object.fromEntries(known) };
}

export function readStep(search: URLSearchParams): WizardStep {
  const step = search.get("step");
  return STEPS.find((name) => name === step) ?? "data";
}

/** The address of a draft: only what differs from an empty one. */
export function writeDraft(draft: Draft, step: WizardStep): URLSearchParams {
  const changed = Object.entries(draft).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(EMPTY[name as keyof Draft]),
  );
  const search = new URLSearchParams();
  if (step !== "data") search.set("step", step);
  if (changed.length) search.set("draft", JSON.stringify(Object.fromEntries(changed)));
  return search;
}
