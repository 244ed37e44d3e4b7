/** Shapes of the HTTP API, as the server sends them. Times are ISO 8601 UTC; boxes are float xyxy image pixels. */

export type Role = "annotator" | "lead" | "admin";
export type TaskTypeSlug = "object_detection" | "image_classification";
export type Split = "train" | "val" | "test";
export type ItemState = "new" | "queued" | "auto_accepted" | "reviewed" | "skipped" | "problem";
export type Capability =
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
  spot_check_rate: number;
  retrain_auto: boolean;
  retrain_ratio: number;
  revision: number;
  counts: Counts;
  splits: Record<Split, number>;
  deployment: { id: number; variant_id: number; name: string; deployed_at: string } | null;
  retrain: { due: boolean; low: number; high: number; reviewed_since: number };
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
  confidence: number | null;
  uncertainty: number | null;
  class_counts: Record<string, number>;
  revision: number;
  thumbnail_url: string;
  image_url: string;
}

export type Bbox = [number, number, number, number];

export interface PredictedObject {
  id: string;
  bbox?: Bbox;
  class_id: number;
  score: number;
  top3: [number, number][];
  entropy: number;
}

export interface AnnotatedObject {
  id: string;
  bbox?: Bbox;
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
    revision: number;
    image_url: string;
    thumbnail_url: string;
    media_type: string;
  };
  prediction: { id: number; source: { id: number; name: string }; objects: PredictedObject[] } | null;
  annotation: { revision: number; objects: AnnotatedObject[] } | null;
  draft: { document: AnnotationDocument; base_revision: number; updated_at: string } | null;
  lease: { token: string; until: string } | null;
  queue: { reason: string | null; remaining: number };
}

/** The answer of `next` when nothing waits for this person. */
export interface NothingLeft {
  item: null;
  queue: { remaining: number };
  done_by_me?: { items: number; median_ms: number | null };
}

export type RunState = "queued" | "running" | "succeeded" | "failed" | "cancelled";
export type RunKind =
  | "import_dataset"
  | "export_dataset"
  | "freeze_version"
  | "demo"
  | "predict"
  | "retrain"
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
}

export interface RunEvent {
  seq: number;
  at: string;
  kind: "log" | "progress" | "stage" | "metric";
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
    per_class: Record<string, number>;
  };
  created_at: string;
  created_by: { id: number; name: string } | null;
}

export type Metrics = Record<string, number | null | undefined>;

export interface GateResult {
  verdict: "pass" | "refuse" | "inconclusive";
  drop: number | null;
  interval: [number, number] | null;
  reasons: string[];
  parent_variant_id: number | null;
}

export interface ModelVariant {
  id: number;
  format: string;
  precision: string;
  size_bytes: number;
  latency: { p20_ms: number; p50_ms: number; device?: string } | null;
  metrics: Metrics;
  gate: GateResult | null;
  deployed: boolean;
}

export interface ModelVersion {
  id: number;
  number: number;
  name: string;
  arch: string;
  state: string;
  parent_id: number | null;
  dataset_version: { id: number; number: number } | null;
  run_id: number | null;
  created_at: string;
  metrics: Metrics;
  variants: ModelVariant[];
}

export interface BaseModel {
  slug: string;
  label: string;
  task_type: TaskTypeSlug;
  available: boolean;
  licence: string;
}

export interface ModelList {
  results: ModelVersion[];
  base_models: BaseModel[];
}

export interface Deployment {
  id: number;
  variant_id: number;
  previous_id: number | null;
  deployed_at: string;
  predict_run_id: number | null;
}

export interface ThresholdEstimate {
  accept: number | null;
  n: number;
  curve?: { threshold: number; precision: number; kept: number }[];
}

export interface Dashboard {
  counts: Counts;
  reviewed_per_day: { day: string; n: number }[];
  acceptance: { class_id: number; accepted: number; edited: number; deleted: number; added: number }[];
  spot_checks: { n: number; kept: number; precision: number | null } | null;
}

export interface AuditEvent {
  id: number;
  at: string;
  actor: { id: number; name: string } | null;
  verb: string;
  target_type?: string;
  target_id?: number | string | null;
  target?: string;
  before: unknown;
  after: unknown;
}
