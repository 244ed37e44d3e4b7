import type { CompressOptions, StepInfo } from "@/lib/api";

/** Options as the server gives them, for tests. */

export const prune: StepInfo = {
  slug: "prune",
  label: "Prune: remove what matters least",
  needs: "weights",
  schema: {
    type: "object",
    properties: {
      method: {
        type: "string",
        title: "What is removed",
        enum: ["structured", "unstructured"],
        default: "structured",
      },
      amount: { type: "number", title: "Share to remove", default: 0.5, minimum: 0, maximum: 0.95 },
      round_to: {
        type: "integer",
        title: "Channels in multiples of",
        default: 8,
        minimum: 1,
        "x-when": { method: ["structured"] },
      },
      lr: { type: ["number", "null"], title: "Learning rate", default: null, exclusiveMinimum: 0 },
    },
  },
};

export const quantize: StepInfo = {
  slug: "quantize",
  label: "Quantize: store and compute in fewer bits",
  needs: "artifact",
  schema: {
    type: "object",
    properties: { scheme: { type: "string", title: "Precision", enum: ["int8", "int4"], default: "int8" } },
  },
};

export const options: CompressOptions = {
  steps: [prune, quantize],
  presets: [
    {
      slug: "quick",
      label: "Quick",
      description: "Only quantized.",
      plan: [{ step: "quantize", options: { scheme: "int8" } }],
      minutes: 3,
      search: null,
    },
    {
      slug: "smallest",
      label: "Smallest",
      description: "As small as it gets.",
      plan: [
        { step: "prune", options: { amount: 0.5 } },
        { step: "quantize", options: {} },
      ],
      minutes: 60,
      search: { minutes: 60, trials: 20 },
    },
  ],
  recipes: [{ slug: "quick", label: "Quick", epochs: 5, minutes: 10, image_size: 320, batch: 8 }],
  trainers: [{ slug: "yolo", label: "YOLO", archs: ["yolo11n"], schema: { type: "object", properties: {} } }],
  base_models: [{ slug: "yolo11n", label: "YOLO11 nano", licence: "AGPL-3.0", default: true, shipped: true }],
  models: [
    { id: 11, number: 2, name: "road", arch: "yolo11n", trainable: true, bytes: 10_400_000, metric: 0.81 },
    { id: 10, number: 1, name: "imported", arch: "onnx", trainable: false, bytes: 5_000_000, metric: null },
  ],
  teachers: [{ id: 11, label: "road v2", params: 2_600_000 }],
  targets: [
    { slug: "onnx", label: "ONNX", missing: null },
    { slug: "coreml", label: "Core ML", missing: "pip install coremltools" },
  ],
  devices: [
    {
      id: 3,
      name: "this machine",
      cpu: "a processor",
      cores: 2,
      gpu: "",
      last_seen: null,
      online: true,
      here: true,
    },
  ],
  dataset: {
    version_id: null,
    number: null,
    counts: { train: 80, val: 10, test: 60 },
    per_class: [{ name: "car", train: 120, val: 12, test: 40 }],
    leakage: { twins: 0 },
    since_last_train: 30,
  },
  disk: { free_bytes: 9e9, needed_bytes: 2e8 },
  queues: { cpu: { waiting: 1 }, gpu: { waiting: 0, online: false } },
  metric: "map50",
};
