import type { ApiError, CompressOptions, JsonSchema } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { type Draft, OWN_PLAN, type WizardStep } from "./draft";
import { numberOf } from "./order";

/** Something that keeps the draft from being started, and where it is mended. */
export interface Problem {
  step: WizardStep;
  /** As the server names it: "plan.0.options.amount". */
  field: string;
  /** A key of the translations, or the server's own words. */
  key?: string;
  values?: Record<string, string | number>;
  /** Key of the field's own name, where the text names it. */
  label?: string;
  message?: string;
}

const OF_STEP: [RegExp, WizardStep][] = [
  [/^(dataset_version_id|dataset|version)/, "data"],
  [/^(source|train|teacher|base)/, "model"],
  [/^(plan|preset|search|budgets)/, "plan"],
  [/^(gates|targets|deploy)/, "gates"],
];

/** The page on which a field of the order stands. */
export function stepOfField(field: string): WizardStep {
  return OF_STEP.find(([pattern]) => pattern.test(field))?.[1] ?? "review";
}

const NUMBERS: { name: keyof Draft; label: string; field: string; above: number; most?: number }[] = [
  { name: "epochs", label: "train.epochs", field: "source.train.epochs", above: 0 },
  { name: "imageSize", label: "train.imageSize", field: "source.train.image_size", above: 31, most: 1280 },
  { name: "trainMinutes", label: "train.trainMinutes", field: "source.train.minutes", above: 0 },
  { name: "batch", label: "train.batch", field: "source.train.batch", above: 0 },
  { name: "sizeMb", label: "budget.size", field: "budgets.size_mb", above: 0 },
  { name: "latencyMs", label: "budget.latency", field: "budgets.latency_ms", above: 0 },
  { name: "minMetric", label: "budget.metricName", field: "budgets.min_metric", above: 0, most: 100 },
  { name: "maxDrop", label: "budget.drop", field: "budgets.max_drop", above: -1, most: 100 },
  { name: "searchMinutes", label: "plan.searchMinutes", field: "search.minutes", above: 0 },
  { name: "searchTrials", label: "plan.searchTrials", field: "search.trials", above: 0 },
  { name: "gateDrop", label: "gate.drop", field: "gates.max_drop", above: -1, most: 100 },
  { name: "gateClassDrop", label: "gate.classDrop", field: "gates.max_class_drop", above: -1, most: 100 },
  { name: "gateLatencyMs", label: "gate.latency", field: "gates.max_latency_ms", above: 0 },
  { name: "gateSizeMb", label: "gate.size", field: "gates.max_size_mb", above: 0 },
  { name: "minutes", label: "review.minutes", field: "minutes", above: 0 },
];

function numberProblems(draft: Draft): Problem[] {
  return NUMBERS.flatMap(({ name, label, field, above, most }): Problem[] => {
    const text = String(draft[name]);
    if (text.trim() === "") return [];
    const value = numberOf(text);
    const fits = value !== null && value > above && (most === undefined || value <= most);
    return fits ? [] : [{ step: stepOfField(field), field, key: "problem.number", label }];
  });
}

/** Whether a value keeps to its schema, as far as the fields of the form can break it. */
export function optionFits(schema: JsonSchema, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (schema.enum && !schema.enum.includes(value)) return false;
  if (typeof value === "number") {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
    if (minimum !== undefined && value < minimum) return false;
    if (maximum !== undefined && value > maximum) return false;
    if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return false;
    if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return false;
  }
  return true;
}

function planProblems(draft: Draft, options: CompressOptions): Problem[] {
  if (draft.preset !== OWN_PLAN) {
    return options.presets.some(({ slug }) => slug === draft.preset)
      ? []
      : [{ step: "plan", field: "preset", key: "problem.preset" }];
  }
  if (draft.plan.length === 0 && !draft.search)
    return [{ step: "plan", field: "plan", key: "problem.emptyPlan" }];
  return draft.plan.flatMap((planned, index): Problem[] => {
    const info = options.steps.find(({ slug }) => slug === planned.step);
    const field = `plan.${index}`;
    if (!info) return [{ step: "plan", field, key: "problem.unknownStep", values: { step: planned.step } }];
    return Object.entries(info.schema.properties ?? {})
      .filter(([name, schema]) => !optionFits(schema, planned.options[name]))
      .map(([name, schema]) => ({
        step: "plan" as const,
        field: `${field}.options.${name}`,
        key: "problem.option",
        values: { n: index + 1, option: schema.title ?? name },
      }));
  });
}

function modelProblems(draft: Draft, options: CompressOptions): Problem[] {
  if (draft.source === "train") return [];
  const chosen = options.models.find(({ id }) => String(id) === draft.model);
  if (!chosen) return [{ step: "model", field: "source.model_version_id", key: "problem.model" }];
  const needsWeights = plannedSteps(draft, options).some(
    (step) => options.steps.find(({ slug }) => slug === step)?.needs === "weights",
  );
  return needsWeights && !chosen.trainable
    ? [{ step: "model", field: "source.model_version_id", key: "problem.noWeights" }]
    : [];
}

/** Slugs of the steps that will run; a search may use any. */
export function plannedSteps(draft: Draft, options: CompressOptions): string[] {
  if (draft.preset === OWN_PLAN) return draft.plan.map(({ step }) => step);
  return options.presets.find(({ slug }) => slug === draft.preset)?.plan.map(({ step }) => step) ?? [];
}

/** What the browser can tell by itself; the server's estimate adds what only it knows. */
export function problemsOf(draft: Draft, options: CompressOptions): Problem[] {
  const problems = [
    ...numberProblems(draft),
    ...modelProblems(draft, options),
    ...planProblems(draft, options),
  ];
  const { counts } = options.dataset;
  if (counts.train + counts.val + counts.test === 0)
    problems.push({ step: "data", field: "dataset_version_id", key: "problem.noData" });
  if (draft.search && !draft.searchMinutes.trim() && !draft.searchTrials.trim())
    problems.push({ step: "plan", field: "search", key: "problem.search" });
  for (const target of draft.targets) {
    const info = options.targets.find(({ slug }) => slug === target);
    if (info?.missing)
      problems.push({
        step: "gates",
        field: "targets",
        key: "problem.target",
        values: { target: info.label },
      });
  }
  if (draft.latencyMs.trim() && !draft.device && options.devices.length > 1)
    problems.push({ step: "plan", field: "budgets.device_id", key: "problem.device" });
  if (draft.queue === "gpu" && !options.queues.gpu.online)
    problems.push({ step: "review", field: "queue", key: "problem.gpu" });
  return problems;
}

/** The server's refusal, sorted to the pages: `details.field`, or `details.fields = {name: [...]}`. */
export function refusalProblems(error: ApiError | null): Problem[] {
  if (!error) return [];
  const { details } = error;
  const fields = details.fields;
  if (typeof fields === "object" && fields !== null) {
    return Object.entries(fields).map(([field, problem]) => ({
      step: stepOfField(field),
      field,
      message: firstMessage(problem) ?? errorText(error),
    }));
  }
  return typeof details.field === "string"
    ? [{ step: stepOfField(details.field), field: details.field, message: errorText(error) }]
    : [];
}

function firstMessage(problem: unknown): string | null {
  if (typeof problem === "string") return problem;
  if (Array.isArray(problem)) return firstMessage(problem[0]);
  if (typeof problem === "object" && problem !== null && "message" in problem) return String(problem.message);
  return null;
}
