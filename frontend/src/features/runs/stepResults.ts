import type { RunEvent } from "@/lib/api";

/** What a model had become after one step of its compression. */
export interface StepResult {
  step: string;
  size_bytes: number;
  metric: number | null;
  latency_ms: number | null;
  seconds: number | null;
}

export function isStepResult({ data }: RunEvent): boolean {
  return typeof data?.step === "string" && typeof data.size_bytes === "number";
}

/** A plan that is tried again, changed, begins its steps anew. */
function beginsAnew({ data }: RunEvent): boolean {
  return typeof data?.attempt === "number" || typeof data?.trial === "number";
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** The results of the latest plan in the order of its steps; a step that was done again (a retry) counts with its last one. */
export function stepResults(events: RunEvent[]): StepResult[] {
  const found = new Map<string, StepResult>();
  for (const event of events) {
    if (beginsAnew(event)) found.clear();
    if (!isStepResult(event)) continue;
    const data = event.data ?? {};
    found.set(String(data.step), {
      step: String(data.step),
      size_bytes: Number(data.size_bytes),
      metric: number(data.metric),
      latency_ms: number(data.latency_ms),
      seconds: number(data.seconds),
    });
  }
  return [...found.values()];
}
