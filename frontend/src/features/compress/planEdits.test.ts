import { expect, it } from "vitest";
import { isAsked, limitsOf, parseNumber } from "./components/schema";
import { addStep, moveStep, removeStep, setOption } from "./planEdits";
import { optionFits } from "./problems";
import { prune, quantize } from "./testing";

const plan = addStep(addStep([], prune), quantize);

it("a step is added with the defaults of its schema", () => {
  expect(plan).toEqual([
    { step: "prune", options: { method: "structured", amount: 0.5, round_to: 8, lr: null } },
    { step: "quantize", options: { scheme: "int8" } },
  ]);
});

it("steps change places, and stay at the ends; the old plan is left alone", () => {
  expect(moveStep(plan, 0, 1).map(({ step }) => step)).toEqual(["quantize", "prune"]);
  expect(moveStep(plan, 0, -1)).toBe(plan);
  expect(moveStep(plan, 1, 1)).toBe(plan);
  expect(plan.map(({ step }) => step)).toEqual(["prune", "quantize"]);
});

it("an option is set, and taken out again for the default", () => {
  const changed = setOption(plan, 0, "amount", 0.3);
  expect(changed[0]?.options.amount).toBe(0.3);
  expect(setOption(changed, 0, "amount", undefined)[0]?.options).not.toHaveProperty("amount");
  expect(removeStep(plan, 0)).toEqual([plan[1]]);
});

it("an option is asked for only where it counts, with its default where nothing is set", () => {
  const all = prune.schema.properties ?? {};
  const schema = all.round_to ?? {};
  expect(isAsked(schema, {}, all)).toBe(true);
  expect(isAsked(schema, { method: "unstructured" }, all)).toBe(false);
});

it("limits are those of the schema", () => {
  const { amount = {}, lr = {}, round_to = {} } = prune.schema.properties ?? {};
  expect(limitsOf(amount)).toEqual({ min: 0, max: 0.95, step: "any" });
  expect(limitsOf(round_to)).toEqual({ min: 1, max: undefined, step: 1 });
  expect([
    optionFits(amount, 0.95),
    optionFits(amount, 0.96),
    optionFits(lr, 0),
    optionFits(lr, null),
  ]).toEqual([true, false, false, true]);
  expect([parseNumber("", amount), parseNumber("", lr), parseNumber("0.2", amount)]).toEqual([
    undefined,
    null,
    0.2,
  ]);
});
