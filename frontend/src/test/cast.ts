import type { ModelVariant, Project, Run, Session } from "@/lib/api";

export const session: Session = {
  user: { id: 1, email: "alice@example.org", name: "Alice", locale: "en", is_staff: true },
  version: "0.1.0",
  source_url: "https://example.org/source",
  demo: null,
};

export const anonymous: Session = {
  ...session,
  user: null,
  demo: { email: "demo@winnow.local", password: "chaff-and-grain" },
};

export const project: Project = {
  id: 1,
  name: "Road",
  description: "",
  task_type: "object_detection",
  role: "admin",
  capabilities: [
    "view",
    "review",
    "manage_items",
    "manage_labels",
    "import",
    "export",
    "freeze",
    "predict",
    "train",
    "deploy",
    "manage_members",
    "edit_project",
    "view_runs",
    "view_models",
    "view_audit",
  ],
  classes: [
    {
      id: 7,
      index: 0,
      name: "car",
      name_zh: "汽车",
      color: "#0072b2",
      show_threshold: null,
      accept_threshold: null,
      archived: false,
    },
  ],
  show_threshold: 0.25,
  accept_threshold: 0.9,
  thresholds_calibrated: false,
  accept_found: false,
  target_precision: 0.98,
  submit_unchecked: true,
  spot_check_rate: 0.05,
  revision: 3,
  counts: { total: 10, new: 0, queued: 4, auto_accepted: 2, reviewed: 3, skipped: 1, problem: 0, waiting: 4 },
  splits: { train: 8, val: 1, test: 1 },
  created_at: "2026-11-25T10:00:00Z",
  deployment: null,
  can_cut_out: true,
  retrain: { due: false, triggers: [] },
};

/** The same project as an annotator sees it. */
export const asAnnotator: Project = { ...project, role: "annotator", capabilities: ["view", "review"] };

export const run: Run = {
  id: 5,
  project_id: 1,
  kind: "predict",
  queue: "predict",
  state: "running",
  stage: "predict",
  done: 30,
  total: 120,
  eta_s: 95,
  params: {},
  result: null,
  error: null,
  attempts: 1,
  created_at: "2026-11-25T10:00:00Z",
  started_at: "2026-11-25T10:00:10Z",
  finished_at: null,
  created_by: { id: 1, name: "Alice" },
  cancel_requested: false,
};

export const variant: ModelVariant = {
  id: 21,
  format: "onnx",
  precision: "int8",
  size_bytes: 2_930_000,
  latency: { p20_ms: 8.7, p50_ms: 9.6, device: "a processor" },
  metrics: { map50: 0.79 },
  gate: null,
  deployed: false,
  created_at: "2026-11-25T10:00:00Z",
};
