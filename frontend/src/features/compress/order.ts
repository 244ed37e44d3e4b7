import type { CompressOrder } from "@/lib/api";
import { type Draft, OWN_PLAN } from "./draft";

/** A typed number; null where nothing (or no number) was typed. */
export function numberOf(text: string): number | null {
  if (text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function shareOf(percent: string): number | null {
  const value = numberOf(percent);
  // 0.02 and not 0.020000000000000004: the server stores what it gets.
  return value === null ? null : Number((value / 100).toPrecision(12));
}

function sourceOf(draft: Draft): CompressOrder["source"] {
  if (draft.source === "existing") return { model_version_id: Number(draft.model) };
  return {
    train: {
      base: draft.base || null,
      preset: draft.recipe,
      epochs: numberOf(draft.epochs),
      image_size: numberOf(draft.imageSize),
      minutes: numberOf(draft.trainMinutes),
      batch: numberOf(draft.batch),
    },
  };
}

/** What the server is asked to do. */
export function orderOf(draft: Draft): CompressOrder {
  const own = draft.preset === OWN_PLAN;
  return {
    dataset_version_id: numberOf(draft.version),
    source: sourceOf(draft),
    preset: own ? null : draft.preset,
    plan: own ? draft.plan : null,
    search: draft.search
      ? { minutes: numberOf(draft.searchMinutes), trials: numberOf(draft.searchTrials) }
      : null,
    teacher_version_id: numberOf(draft.teacher),
    budgets: {
      size_mb: numberOf(draft.sizeMb),
      latency_ms: numberOf(draft.latencyMs),
      min_metric: shareOf(draft.minMetric),
      max_drop: shareOf(draft.maxDrop) ?? 0.02,
      device_id: numberOf(draft.device),
    },
    gates: {
      max_drop: shareOf(draft.gateDrop) ?? 0.02,
      max_class_drop: shareOf(draft.gateClassDrop),
      max_latency_ms: numberOf(draft.gateLatencyMs),
      max_size_mb: numberOf(draft.gateSizeMb),
    },
    targets: draft.targets,
    seed: numberOf(draft.seed) ?? 0,
    minutes: numberOf(draft.minutes),
    queue: draft.queue,
    deploy_if_passed: draft.deploy,
  };
}
