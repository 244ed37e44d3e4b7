/** Shapes of the HTTP API, as the server sends them. Times are ISO 8601 UTC; boxes are float xyxy image pixels. */

import type { Why } from "./why";

export type Role = "annotator" | "lead" | "admin";
export type TaskTypeSlug = "object_detection" | "image_classification" | "semantic_segmentation";
export type Split = "train" | "val" | "test";
export type ItemState = "new" | "queued" | "auto_accepted" | "reviewed" | "skipped" | "problem";
export type Capability =
  | "view"
  | "review"
  | "manage_items"
  | "manage_labels"
  | "import"
  | "export"
  | "freeze"
  | "predict"
  | "train"
  | "deploy"
  | "manage_members"
  | "edit_project"
  | "view_runs"
  | "view_models"
  | "view_audit";

export interface Page<T> {
  results: T[];
  next?: string | number | null;
}

export interface User {
  id: number;
  email: string;
  name: string;
  locale: string;
  is_staff: boolean;
  /** As the server keeps it; who reads it checks it. */
  preferences?: unknown;
}

export interface Session {
  user: User | null;
  version: string;
  source_url: string;
  demo: { email: string; password: string } | null;
}

export interface LabelClass {
  id: number;
  index: number;
  name: string;
  name_zh: string;
  color: string;
  show_threshold: number | null;
  accept_threshold: number | null;
  archived: boolean;
}

export interface Counts {
  total: number;
  new: number;
  queued: number;
  auto_accepted: number;
  reviewed: number;
  skipped: number;
  problem: number;
  waiting: number;
}

export interface Project {
  id: number;
  name: string;
  description: string;
  task_type: TaskTypeSlug;
  role: Role | null;
  capabilities: Capability[];
  classes: LabelClass[];
  show_threshold: number;
  accept_threshold: number;
  thresholds_calibrated: boolean;
  accept_found: boolean;
  target_precision: number;
  /** A second Enter submits with guesses that nobody looked at. */
  submit_unchecked: boolean;
  spot_check_rate: number;
  revision: number;
  counts: Counts;
  created_at: string;
  deployment: { source_id: number; variant_id: number | null; name: string; since: string } | null;
  can_cut_out: boolean;
  /** Only with a single project. */
  splits?: Record<Split, number>;
  /** Whether a retrain is proposed, and which triggers do. */
  retrain: { due: boolean; triggers: ("ratio" | "reviewed" | "drift" | "schedule")[] };
}

export interface Member {
  id: number;
  role: Role;
  user: { id: number; email: string; name: string };
}

export interface Item {
  id: number;
  name: string;
  width: number;
  height: number;
  split: Split;
  state: ItemState;
  /** Why it is a problem, when it is one. */
  problem: string;
  confidence: number | null;
  uncertainty: number | null;
  class_counts: Record<string, number>;
  revision: number;
  metadata: Record<string, unknown>;
  thumbnail_url: string;
  image_url: string;
}

export type QueueReason = "no_prediction" | "empty" | "uncertain" | "test_item" | "spot_check" | "returned";

export type Bbox = [number, number, number, number];

/** COCO run lengths; `size` is [height, width]. */
export interface StoredMask {
  size: [number, number];
  counts: string;
}

export interface PredictedObject {
  id: string;
  bbox?: Bbox;
  /** Rings [x1, y1, x2, y2, …]; the mask beside it is what they fill. */
  polygon?: number[][];
  rle?: StoredMask;
  class_id: number;
  score: number;
  top3: [number, number][];
  entropy: number;
}

export interface AnnotatedObject {
  id: string;
  bbox?: Bbox;
  polygon?: number[][];
  rle?: StoredMask;
  class_id: number;
  origin: "manual" | "accepted" | "edited";
  prediction_id: string | null;
}

export interface AnnotationDocument {
  objects: AnnotatedObject[];
}

export interface Work {
  item: {
    id: number;
    name: string;
    width: number;
    height: number;
    split: Split;
    state: ItemState;
    problem?: string;
    /** What in the picture the problem is about, as the person who reported it saw it. */
    problem_region?: { id: string; class_id: number | null; bbox: number[] | null } | null;
    confidence?: number | null;
    uncertainty?: number | null;
    class_counts?: Record<string, number>;
    metadata?: Record<string, unknown>;
    revision: number;
    image_url: string;
    thumbnail_url: string;
    media_type: string;
  };
  prediction: { id: number; source: { id: number; name: string }; objects: PredictedObject[] } | null;
  annotation: { revision: number; origin?: "human" | "import" | "auto"; objects: AnnotatedObject[] } | null;
  draft: { document: AnnotationDocument; base_revision: number; updated_at: string } | null;
  lease: { token: string; until: string } | null;
  queue: { reason: QueueReason | null; why?: Why | null; remaining: number };
  suggestions?: SuggestedWork[];
}

/** What somebody would have handed in, had the item still been theirs. */
export interface SuggestedWork {
  id: number;
  author: string;
  document: AnnotationDocument & { review?: { rejected: string[] } };
  base_revision: number;
  created_at: string;
}

/** The answer of `next` when nothing waits for this person. */
export interface NothingLeft {
  item: null;
  queue: { reason: null; remaining: number };
  done_by_me?: { items: number; median_ms: number | null };
}

export type RunState = "queued" | "running" | "succeeded" | "failed" | "cancelled";
export type RunKind =
  | "import_dataset"
  | "export_dataset"
  | "bulk_items"
  | "find_similar"
  | "predict"
  | "import_model"
  | "order_queue"
  | "retrain"
  | "compress"
  | "export_model"
  | "benchmark"
  | "evaluate";

export interface Run {
  id: number;
  project_id: number | null;
  kind: RunKind;
  queue: string;
  state: RunState;
  stage: string;
  done: number;
  total: number;
  eta_s: number | null;
  params: Record<string, unknown>;
  result: Record<string, unknown> | null;
  error: { code: string; message: string; details?: Record<string, unknown> } | null;
  attempts: number;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  created_by: { id: number; name: string } | null;
  cancel_requested: boolean;
  /** Only of a run by itself: runs that come before it, seconds since its worker's last heartbeat, workers at it now. */
  ahead?: number | null;
  silent_s?: number | null;
  workers?: number | null;
}

export interface RunEvent {
  seq: number;
  at: string;
  kind: "log" | "progress" | "stage" | "metric" | "state";
  message: string;
  data: Record<string, unknown> | null;
}

export interface RunEvents {
  results: RunEvent[];
  run: Run;
}

/** One line of an import report: what was refused or changed, and where. */
export interface Refusal {
  path: string;
  line: number | null;
  field: string | null;
  code: string;
  reason: string;
}

export interface DatasetVersion {
  id: number;
  number: number;
  note: string;
  counts: {
    items: number;
    train: number;
    val: number;
    test: number;
    objects: number;
    auto?: number;
    per_class: Record<string, number>;
  };
  include_auto: boolean;
  created_at: string;
  created_by_name: string | null;
}

export type Metrics = Record<string, number | null | undefined>;

export interface GateResult {
  verdict: "pass" | "refuse" | "inconclusive";
  /** Relative; positive = worse than the parent. */
  drop: number | null;
  /** 95 % interval of the drop. */
  interval: [number, number] | null;
  reasons: string[];
  metric?: string;
  /** What it was compared with first; the numbers above are of that comparison, the verdict is the worst of all. */
  parent?: string;
  comparisons?: Record<string, { verdict: GateResult["verdict"]; drop: number; interval: [number, number] }>;
  parent_value?: number;
  candidate_value?: number;
  images?: number;
  parent_variant_id?: number | null;
}

export interface ModelVariant {
  id: number;
  format: string;
  precision: string;
  size_bytes: number;
  latency: { p20_ms?: number; p50_ms?: number; device?: string; runtime?: string; threads?: number } | null;
  metrics: Metrics | null;
  input?: { width: number; height: number } | null;
  runtime?: { machine: string; runtime: string; precision: string; streams: number; images_per_s: number }[];
  gate: GateResult | null;
  deployed: boolean;
  created_at: string;
}

export interface ModelVersion {
  id: number;
  number: number;
  name: string;
  arch: string;
  /** Has the weights that a training can start from. */
  trainable: boolean;
  parent_id: number | null;
  dataset_version: { id: number; number: number } | null;
  run_id: number | null;
  created_at: string;
  variants: ModelVariant[];
}

export interface BaseModel {
  slug: string;
  label: string;
  arch?: string;
  licence: string;
  default: boolean;
  /** Its weights are here; else the train worker downloads them first. */
  shipped: boolean;
}

export interface ModelList {
  results: ModelVersion[];
  base_models: BaseModel[];
  /** What a roll-back would bring back; null where nothing was deployed before. */
  rollback_to?: string | null;
}

export interface Deployment {
  id: number;
  variant_id: number;
  name: string;
  previous_id: number | null;
  reason: string;
  active: boolean;
  deployed_at: string;
  predict_run_id: number | null;
}

export interface ThresholdEstimate {
  accept: number | null;
  n: number;
  curve?: { threshold: number; precision: number; kept: number }[];
}

/** What the dashboard asks for tile by tile. */
export interface Dashboard {
  progress: {
    counts: Counts;
    /** Days until nothing waits, by the pace of the last whole days; null with fewer than three worked ones. */
    forecast: { fast_days: number; slow_days: number; fast_pace: number; slow_pace: number } | null;
    worked_days: number;
    days: number;
  };
  throughput: { day: string; n: number }[];
  acceptance: {
    class_id: number;
    accepted: number;
    edited: number;
    relabelled: number;
    deleted: number;
    added: number;
  }[];
  /** `low` and `high`: the 95 % interval of the precision. */
  spot_checks: { n: number; kept: number; precision: number; low: number; high: number } | null;
  stuck: Record<"returned" | "postponed" | "skipped" | "problem", number>;
  /** Open queue entries by reason. */
  waiting: Partial<Record<QueueReason, number>>;
  /** Who guessed: models and imports. */
  sources: { id: number; name: string; kind: "model" | "import" }[];
  computed_at: string;
}

export interface AuditEvent {
  id: number;
  at: string;
  actor_name: string;
  verb: string;
  target_type: string;
  target_id: string;
  before: unknown;
  after: unknown;
}
