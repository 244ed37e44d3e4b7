/** Shapes of the API around compression: the wizard, trials, the Pareto plot, reports, devices. Sizes in bytes, times in ms. */

import type { BaseModel, Metrics, Split } from "./types";

/** The part of JSON Schema that options are described with. */
export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  /** Values of another option for which this one counts. */
  "x-when"?: Record<string, unknown[]>;
}

export interface StepInfo {
  slug: string;
  label: string;
  task_types?: string[];
  /** What it starts from: trained weights, or the exported file alone. */
  needs: "weights" | "artifact";
  schema: JsonSchema;
}

export interface PlannedStep {
  step: string;
  options: Record<string, unknown>;
}

export interface SearchBudget {
  minutes?: number | null;
  trials?: number | null;
}

export interface CompressPreset {
  slug: string;
  label: string;
  description: string;
  plan: PlannedStep[];
  minutes: number | null;
  search: SearchBudget | null;
}

export interface Recipe {
  slug: string;
  label: string;
  epochs: number;
  minutes: number | null;
  image_size: number | null;
  batch: number | null;
}

export interface Device {
  id: number;
  name: string;
  cpu: string;
  cores: number | null;
  gpu: string;
  last_seen: string | null;
  online: boolean;
  /** The machine that the web part itself runs on. */
  here: boolean;
}

export interface TargetInfo {
  slug: string;
  label: string;
  /** What to install, where it cannot be made here. */
  missing: string | null;
}

export interface DatasetFacts {
  version_id: number | null;
  number: number | null;
  counts: Record<Split, number>;
  per_class: ({ name: string } & Record<Split, number>)[];
  /** Near-twins that stand in different splits. */
  leakage: { twins: number } | null;
  since_last_train: number | null;
}

export interface CompressOptions {
  steps: StepInfo[];
  presets: CompressPreset[];
  recipes: Recipe[];
  trainers: { slug: string; label: string; archs: string[]; schema: JsonSchema }[];
  base_models: BaseModel[];
  models: {
    id: number;
    number: number;
    name: string;
    arch: string;
    trainable: boolean;
    bytes: number | null;
    metric: number | null;
  }[];
  teachers: { id: number; label: string; params?: number | null }[];
  targets: TargetInfo[];
  devices: Device[];
  dataset: DatasetFacts;
  disk: { free_bytes: number; needed_bytes: number };
  queues: { cpu: { waiting: number }; gpu: { waiting: number; online: boolean } };
  metric: string;
}

export interface TrainFirst {
  base: string | null;
  preset: string;
  epochs: number | null;
  image_size: number | null;
  minutes: number | null;
  batch: number | null;
}

export interface CompressOrder {
  dataset_version_id: number | null;
  source: { model_version_id: number } | { train: TrainFirst };
  preset: string | null;
  plan: PlannedStep[] | null;
  search: { minutes: number | null; trials: number | null } | null;
  teacher_version_id: number | null;
  budgets: {
    size_mb: number | null;
    latency_ms: number | null;
    min_metric: number | null;
    max_drop: number;
    device_id: number | null;
  };
  gates: {
    max_drop: number;
    max_class_drop: number | null;
    max_latency_ms: number | null;
    max_size_mb: number | null;
  };
  targets: string[];
  seed: number;
  minutes: number | null;
  queue: "cpu" | "gpu";
  deploy_if_passed: boolean;
}

export interface CompressEstimate {
  seconds: { low: number; high: number } | null;
  disk_bytes: number | null;
  free_bytes: number | null;
  /** Runs that come before. */
  queue_position: number | null;
  problems: { field: string; message: string; code?: string }[];
}

export interface Latency {
  p20_ms?: number;
  p50_ms?: number;
  p95_ms?: number;
  device?: string;
  runtime?: string;
  threads?: number;
}

export interface ParetoPoint {
  variant_id: number | null;
  trial_id: number | null;
  version_id: number | null;
  number: number | null;
  label: string;
  kind: string;
  family: string;
  precision: string;
  metric: number | null;
  low: number | null;
  high: number | null;
  size_bytes: number | null;
  latency: Latency | null;
  macs: number | null;
  params: number | null;
  on_front?: { size: boolean; latency: boolean };
  deployed: boolean;
  /** Measured on an older evaluation set than the one that is shown. */
  stale: boolean;
}

export interface ParetoData {
  dataset_versions: { id: number; number: number }[];
  dataset_version_id?: number | null;
  devices: Device[];
  device_id?: number | null;
  metric: string;
  points: ParetoPoint[];
}

export interface ClassMetrics {
  name: string;
  n?: number | null;
  [metric: string]: number | string | null | undefined;
}

export interface WorstItem {
  item_id: number;
  name?: string;
  /** The loss: higher is worse. */
  score: number;
  why?: string;
  missed?: number;
  false?: number;
  wrong?: number;
}

export interface Confusion {
  labels: string[];
  /** [true][guessed] */
  matrix: number[][];
  score?: number | null;
  iou?: number | null;
}

export interface Bin {
  confidence: number;
  accuracy: number;
  n: number;
}

/** How a class may be accepted by itself; threshold null = never, for the reason. */
export interface FoundThreshold {
  threshold: number | null;
  reason: "own" | "pooled" | "few" | "not_reached" | "pooled_not_reached" | "below_pooled";
  n: number;
  right: number;
  bound: number | null;
  coverage: number;
  guesses: number;
}

/** A reviewed picture in which people seem to have left out a class; so many guesses say so. */
export interface LeftOut {
  item_id: number;
  class: string;
  guesses: number;
}

interface CalibrationReason {
  code: "few" | "one_sided" | "best_as_is";
  guesses?: number;
  pictures?: number;
  need_guesses?: number;
  need_pictures?: number;
}

/** What val pictures say of a variant's scores. */
export interface VariantCalibration {
  kind: "none" | "temperature" | "isotonic";
  /** Why scores stay as they are, {} = they do not; English words in what was judged before there were codes. */
  reason: string | CalibrationReason | Record<string, never>;
  guesses: number;
  /** Missing in evaluations of before it was looked for. */
  left_out?: LeftOut[];
  dataset_version: number;
  before: { ece: number; reliability: Bin[] };
  after: { ece: number; reliability: Bin[] };
  /** Target ("0.98") → class name → what was found. */
  thresholds: Record<string, Record<string, FoundThreshold>>;
}

export interface VariantReport {
  split: string;
  /** The one that gates look at. */
  metric: string;
  metrics: { per_class?: ClassMetrics[]; per_size?: Record<string, number | null> } & Record<string, unknown>;
  intervals: Record<string, [number, number] | null>;
  curves: {
    pr?: { class: string; points: [number, number][]; ap?: number }[];
    reliability?: Bin[];
    confusion?: Confusion | null;
  };
  worst: WorstItem[];
  calibration?: VariantCalibration | null;
  dataset_version: { id: number; number: number };
  images: number;
  run_id?: number | null;
  created_at?: string;
}

/** What a person should have seen before a variant is deployed. */
export interface Checklist {
  verdict: string | null;
  reasons: string[];
  rules: { rule?: string; code?: string; verdict: string; text: string; against: string }[];
  asks: "reason" | "override" | null;
  least_reason: number;
  gate_is_current: boolean;
  comparison: Pick<VariantComparison, "metric" | "a" | "b" | "drop" | "interval" | "verdict"> | null;
  class_drops: VariantComparison["per_class"];
  not_judged: string[];
  samples: WorstItem[];
  rollback_target: { variant_id: number; name: string } | null;
  deployed: boolean;
}

export interface VariantComparison {
  metric: string;
  a: number | null;
  b: number | null;
  drop: number | null;
  interval: [number, number] | null;
  verdict: string;
  per_class: { name: string; a: number | null; b: number | null; delta: number | null; n: number }[];
  changed: { item_id: number; delta: number; name?: string }[];
}

export interface Trial {
  number: number;
  state: string;
  plan: PlannedStep[] | null;
  size_bytes: number | null;
  metric: number | null;
  latency_p20_ms: number | null;
  on_front: boolean;
  seconds: number | null;
  variant_id: number | null;
  error: string | { message?: string } | null;
}

export interface Advice {
  code: string;
  severity: "info" | "warn" | "bad" | string;
  text: string;
  values?: Record<string, unknown>;
}

export interface ResultRow {
  name: string;
  size_bytes: number | null;
  ratio: number | null;
  metric: number | null;
  drop: number | null;
  latency_p20_ms: number | null;
  speedup_eager: number | null;
  speedup_best: number | null;
}

export interface CompressResult {
  model_version_ids?: number[];
  best_variant_id?: number | null;
  /** What was compressed. */
  source_variant_id?: number | null;
  variants?: (Record<string, unknown> & { id?: number; variant_id?: number; metrics?: Metrics })[];
  front?: number[];
  /** Absent where a target could not be judged on this machine and no other was missed. */
  targets_met?: boolean;
  unjudged?: { target: string; device: string }[];
  advice?: Advice[];
  table?: ResultRow[];
  metric?: string;
}
