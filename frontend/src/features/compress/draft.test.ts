import { expect, it } from "vitest";
import { ApiError } from "@/lib/api";
import { withDefaults } from "./defaults";
import { EMPTY, readDraft, readStep, writeDraft } from "./draft";
import { orderOf } from "./order";
import { problemsOf, refusalProblems, stepOfField } from "./problems";
import { options } from "./testing";

it("a draft survives its address, with the step it was on", () => {
  const draft = {
    ...EMPTY,
    model: "11",
    preset: "own",
    plan: [{ step: "prune", options: { amount: 0.3, method: "structured" } }],
    sizeMb: "2.5",
    targets: ["onnx", "openvino"],
  };
  const search = new URLSearchParams(writeDraft(draft, "plan").toString());
  expect(readDraft(search)).toEqual(draft);
  expect(readStep(search)).toBe("plan");
});

it("an empty draft needs no address, and one of nonsense is an empty one", () => {
  expect(writeDraft(EMPTY, "data").toString()).toBe("");
  expect(readDraft(new URLSearchParams("draft=%7Bbroken"))).toEqual(EMPTY);
  expect(
    readDraft(new URLSearchParams('draft={"plan":[{"step":3}],"queue":"tpu","other":1,"sizeMb":4}')),
  ).toEqual(EMPTY);
  expect(readStep(new URLSearchParams("step=elsewhere"))).toBe("data");
});

it("the best model that can be trained on stands where none was chosen", () => {
  expect(withDefaults(EMPTY, options)).toMatchObject({ model: "11", source: "existing", device: "3" });
  expect(withDefaults({ ...EMPTY, model: "10" }, options).model).toBe("10");
  expect(withDefaults(EMPTY, { ...options, models: [] }).source).toBe("train");
});

it("the order holds shares where per cents were typed, and null where nothing was", () => {
  const order = orderOf({
    ...EMPTY,
    model: "11",
    sizeMb: "2",
    maxDrop: "1.5",
    gateClassDrop: "10",
    device: "3",
  });
  expect(order).toMatchObject({
    dataset_version_id: null,
    source: { model_version_id: 11 },
    preset: "quick",
    plan: null,
    search: null,
    budgets: { size_mb: 2, latency_ms: null, min_metric: null, max_drop: 0.015, device_id: 3 },
    gates: { max_drop: 0.02, max_class_drop: 0.1 },
  });
});

it("a training that comes first is told what was typed, and nothing else", () => {
  const { source } = orderOf({ ...EMPTY, source: "train", base: "yolo11n", epochs: "3" });
  expect(source).toEqual({
    train: { base: "yolo11n", preset: "quick", epochs: 3, image_size: null, minutes: null, batch: null },
  });
});

it("what is missing is found, each on its step", () => {
  const draft = {
    ...EMPTY,
    model: "10",
    preset: "smallest",
    sizeMb: "-1",
    targets: ["coreml"],
    queue: "gpu" as const,
  };
  const found = problemsOf(draft, options).map(({ step, field }) => [step, field]);
  expect(found).toEqual([
    ["plan", "budgets.size_mb"],
    ["model", "source.model_version_id"],
    ["gates", "targets"],
    ["review", "queue"],
  ]);
  expect(problemsOf(withDefaults(EMPTY, options), options)).toEqual([]);
});

it("an option beyond its limits, an unknown step and an empty plan are problems of the plan", () => {
  const own = { ...withDefaults(EMPTY, options), preset: "own" };
  expect(problemsOf(own, options)).toMatchObject([{ field: "plan", key: "problem.emptyPlan" }]);
  const plan = [
    { step: "prune", options: { amount: 1 } },
    { step: "magic", options: {} },
  ];
  expect(problemsOf({ ...own, plan }, options).map(({ field }) => field)).toEqual([
    "plan.0.options.amount",
    "plan.1",
  ]);
});

it("the server's refusals lead to the step of their field", () => {
  expect(stepOfField("plan.0.options.amount")).toBe("plan");
  expect(stepOfField("dataset_version_id")).toBe("data");
  expect(stepOfField("source.train.epochs")).toBe("model");
  expect(stepOfField("gates.max_drop")).toBe("gates");
  const one = new ApiError(422, "invalid", "too much", { field: "budgets.size_mb" });
  expect(refusalProblems(one)).toEqual([{ step: "plan", field: "budgets.size_mb", message: "too much" }]);
  const many = new ApiError(422, "invalid", "no", { fields: { targets: [{ message: "unknown" }] } });
  expect(refusalProblems(many)).toEqual([{ step: "gates", field: "targets", message: "unknown" }]);
});
