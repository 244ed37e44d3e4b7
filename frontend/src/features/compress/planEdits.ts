import type { JsonSchema, PlannedStep, StepInfo } from "@/lib/api";

/** Changes of a plan; each returns a new one. */

/** The options that a schema asks for by itself. */
export function defaultOptions(schema: JsonSchema): Record<string, unknown> {
  const named = Object.entries(schema.properties ?? {}).filter(([, one]) => one.default !== undefined);
  return Object.fromEntries(named.map(([name, one]) => [name, one.default]));
}

export function addStep(plan: PlannedStep[], info: StepInfo): PlannedStep[] {
  return [...plan, { step: info.slug, options: defaultOptions(info.schema) }];
}

export function removeStep(plan: PlannedStep[], index: number): PlannedStep[] {
  return plan.filter((_, at) => at !== index);
}

/** Moves one step earlier (−1) or later (+1); at the ends nothing happens. */
export function moveStep(plan: PlannedStep[], index: number, by: -1 | 1): PlannedStep[] {
  const to = index + by;
  const [moved, other] = [plan[index], plan[to]];
  if (!moved || !other) return plan;
  const next = [...plan];
  next[index] = other;
  next[to] = moved;
  return next;
}

/** Sets one option; `undefined` takes it out, so that the server's default counts. */
export function setOption(plan: PlannedStep[], index: number, name: string, value: unknown): PlannedStep[] {
  return plan.map((one, at) => {
    if (at !== index) return one;
    const { [name]: _, ...rest } = one.options;
    return { ...one, options: value === undefined ? rest : { ...rest, [name]: value } };
  });
}
