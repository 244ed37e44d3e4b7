import type { ModelVariant, TaskTypeSlug } from "@/lib/api";

/** The measure that the gate looks at. */
export function mainMetric(taskType: TaskTypeSlug): string {
  return MAIN[taskType];
}

const MAIN: Record<TaskTypeSlug, string> = {
  object_detection: "map50",
  image_classification: "accuracy",
  semantic_segmentation: "miou",
};

/** Whether somebody has judged it: the number that the gate would look at is there. */
export function isMeasured(variant: ModelVariant, taskType: TaskTypeSlug): boolean {
  return typeof variant.metrics?.[mainMetric(taskType)] === "number";
}

/** (value − base) / base, null where there is no base or nothing moved by half a per cent. */
export function relativeChange(value: number | undefined, base: number | undefined): number | null {
  if (value === undefined || base === undefined || base <= 0) return null;
  const change = (value - base) / base;
  return Math.abs(change) < 0.005 ? null : change;
}
