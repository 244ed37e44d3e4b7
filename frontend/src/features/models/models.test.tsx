import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { GateResult } from "@/lib/api";
import { fakeBackend } from "@/test/backend";
import { project, run, variant } from "@/test/cast";
import { renderPage } from "@/test/page";
import { ModelsPage } from "./index";
import { relativeChange } from "./measures";

afterEach(() => vi.unstubAllGlobals());

const gate = (verdict: GateResult["verdict"]): GateResult => ({
  verdict,
  drop: 0.004,
  interval: [-0.05, 0.06],
  reasons: ["wider than ± 2.0 %, so these images cannot decide"],
});

function open(
  verdict: GateResult["verdict"],
  more = {},
  path = "/projects/1/models",
  gateMore: Partial<GateResult> = {},
) {
  const model = {
    id: 11,
    number: 2,
    name: "road",
    arch: "yolo11n",
    trainable: true,
    parent_id: null,
    dataset_version: null,
    run_id: 5,
    created_at: "2026-11-25T10:00:00Z",
    variants: [{ ...variant, gate: { ...gate(verdict), ...gateMore } }],
  };
  const base = {
    slug: "yolo11n",
    label: "YOLO11 nano (COCO)",
    licence: "AGPL-3.0",
    default: true,
    shipped: false,
  };
  const log = fakeBackend({
    "GET /api/projects/1/": { body: project },
    "GET /api/projects/1/models/": { body: { results: [model], base_models: [base] } },
    "GET /api/projects/1/versions/": { body: { results: [] } },
    "GET /api/variants/21/checklist/": { status: 404, body: { code: "not_found", message: "no" } },
    ...more,
  });
  const page = renderPage(<ModelsPage />, path, "/projects/:projectId/models");
  return { ...page, log };
}

const checklist = {
  verdict: "refuse",
  reasons: [],
  rules: [],
  asks: "override",
  least_reason: 10,
  gate_is_current: true,
  comparison: { metric: "map50", a: 0.7, b: 0.8, drop: 0.125, interval: [0.05, 0.2], verdict: "refuse" },
  class_drops: [{ name: "sign", a: 0.5, b: 0.7, delta: -0.2, n: 40 }],
  not_judged: ["bicycle"],
  samples: [{ item_id: 91, score: 2, why: "2 missed (sign)", missed: 2, false: 0, wrong: 0, name: "a.png" }],
  rollback_target: { variant_id: 20, name: "road v1" },
  deployed: false,
};

it("a refused variant is deployed only by who looks at its faults and says why it shall be", async () => {
  const deployment = { id: 1, variant_id: 21, name: "road v2", previous_id: 20, predict_run_id: 6 };
  const { log, router } = open("refuse", {
    "GET /api/variants/21/checklist/": { body: checklist },
    "POST /api/variants/21/deploy/": { status: 201, body: deployment },
  });
  expect(await screen.findByText("Refused")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Deploy" }));
  const dialog = await screen.findByRole("dialog");
  expect(await within(dialog).findByText("sign: 20.0 points down (40 examples)")).toBeTruthy();
  expect(within(dialog).getByText("Too few examples to tell: bicycle")).toBeTruthy();
  expect(within(dialog).getByText(/It takes the place of road v1/)).toBeTruthy();
  await userEvent.type(within(dialog).getByLabelText("Reason"), "needed on the slow cameras");
  expect(within(dialog).getByRole("button", { name: /^Overrule and deploy \(Look at/ })).toBeTruthy();
  await userEvent.click(within(dialog).getByLabelText("I have looked at these pictures."));
  await userEvent.click(within(dialog).getByRole("button", { name: "Overrule and deploy" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/projects/1/runs/6"));
  expect(log.find(({ method }) => method === "POST")?.body).toEqual({
    reason: "needed on the slow cameras",
    override: true,
  });
});

it("a variant is exported to what can be made here, and measured on a chosen device", async () => {
  const targets = [
    { slug: "openvino", label: "OpenVINO", missing: null },
    { slug: "coreml", label: "Core ML", missing: "pip install coremltools" },
  ];
  const device = {
    id: 3,
    name: "bench",
    cpu: "a processor",
    cores: 2,
    gpu: "",
    last_seen: null,
    online: true,
    here: true,
  };
  const { log, router } = open("pass", {
    "GET /api/projects/1/compress/options/": { body: { targets } },
    "GET /api/devices/": { body: { results: [device] } },
    "POST /api/variants/21/export/": { status: 202, body: { ...run, id: 8 } },
    "POST /api/variants/21/benchmark/": { status: 202, body: { ...run, id: 7 } },
  });
  await userEvent.click(await screen.findByRole("button", { name: "More of road v2 int8" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Export …" }));
  expect((await screen.findByLabelText<HTMLInputElement>("Core ML")).disabled).toBe(true);
  await userEvent.click(screen.getByLabelText("OpenVINO"));
  await userEvent.click(screen.getByRole("button", { name: "Export" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/projects/1/runs/8"));
  expect(log.find(({ method }) => method === "POST")?.body).toEqual({ targets: ["openvino"] });
  await router.navigate("/projects/1/models");
  await userEvent.click(await screen.findByRole("button", { name: "More of road v2 int8" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Measure speed …" }));
  expect(await screen.findByText("a processor · 2 cores")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Measure" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/projects/1/runs/7"));
  expect(log.findLast(({ method }) => method === "POST")?.body).toEqual({ device_id: 3 });
});

it("the verdict stands with the change and its interval, turned from drops to changes", async () => {
  open("inconclusive");
  const verdict = await screen.findByText("Inconclusive");
  expect(verdict.parentElement?.textContent).toContain("-0.4%[-6.0%, +5.0%]");
});

it("every comparison of the gate is shown, so that the verdict can be understood", async () => {
  const comparisons = {
    fp32: { verdict: "pass" as const, drop: 0.015, interval: [-0.01, 0.03] as [number, number] },
    deployed: { verdict: "refuse" as const, drop: 0.25, interval: [0.15, 0.35] as [number, number] },
  };
  open("refuse", {}, "/projects/1/models", { comparisons });
  const verdict = await screen.findByText("Refused");
  expect(verdict.parentElement?.textContent).toContain("-1.5%[-3.0%, +1.0%]against its own fp32");
  expect(verdict.parentElement?.textContent).toContain("-25.0%[-35.0%, -15.0%]against the deployed model");
});

it("an inconclusive variant is deployed only with a typed reason", async () => {
  const deployment = { id: 1, variant_id: 21, name: "road v2", previous_id: null, predict_run_id: 6 };
  const { log, router } = open("inconclusive", {
    "POST /api/variants/21/deploy/": { status: 201, body: deployment },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Deploy" }));
  const reason = await screen.findByLabelText("Reason");
  await userEvent.type(reason, "short{Enter}");
  expect(screen.getByRole("button", { name: /at least 10 characters/ })).toBeTruthy();
  expect(log.every(({ method }) => method === "GET")).toBe(true);
  await userEvent.type(reason, " but now long enough");
  await userEvent.click(screen.getAllByRole("button", { name: "Deploy" }).at(-1) as HTMLElement);
  await waitFor(() => expect(router.state.location.pathname).toBe("/projects/1/runs/6"));
});

it("for a day the way back stands at the top, and names what it brings back", async () => {
  const since = new Date(Date.now() - 3 * 3600 * 1000).toISOString();
  const deployed = { ...project, deployment: { source_id: 1, variant_id: 21, name: "road v2", since } };
  open("pass", {
    "GET /api/projects/1/": { body: deployed },
    "GET /api/projects/1/models/": {
      body: { results: [], base_models: [], rollback_to: "road v1 onnx int8" },
    },
  });
  const banner = await screen.findByText(
    "road v2 was deployed 3 hours ago. road v1 onnx int8 can be brought back at once.",
  );
  await userEvent.click(
    within(banner.parentElement as HTMLElement).getByRole("button", { name: "Roll back" }),
  );
  expect(await screen.findByRole("dialog", { name: "Roll back" })).toBeTruthy();
});

it("a training is ordered once with what was chosen, and leads to its run", async () => {
  const order = {
    "POST /api/projects/1/retrain/": { status: 202, body: { ...run, id: 9, kind: "retrain" } },
  };
  const { log, router } = open("pass", order, "/projects/1/models?retrain=1");
  await userEvent.selectOptions(await screen.findByLabelText("Start from"), "yolo11n");
  await userEvent.click(screen.getByRole("button", { name: "Start" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/projects/1/runs/9"));
  const sent = log.find(({ method }) => method === "POST");
  expect(sent?.body).toMatchObject({
    base: "yolo11n",
    preset: "quick",
    version_id: null,
    deploy_if_passed: true,
  });
  expect(sent?.headers["Idempotency-Key"]).toMatch(/^[0-9a-f-]{36}$/);
});

it("a variant without numbers is evaluated by its own button, once, and its run is opened", async () => {
  const bare = { ...variant, metrics: {} };
  const exported = { ...variant, id: 22, format: "coreml", metrics: {} };
  const judged = { ...variant, id: 23, precision: "fp32" };
  const model = { id: 11, number: 2, name: "road", arch: "yolo11n", trainable: true, parent_id: null };
  const more = { dataset_version: null, run_id: 5, created_at: "2026-11-25T10:00:00Z" };
  const { log, router } = open("pass", {
    "GET /api/projects/1/models/": {
      body: { results: [{ ...model, ...more, variants: [bare, exported, judged] }], base_models: [] },
    },
    "POST /api/variants/21/evaluate/": { status: 202, body: { ...run, id: 9, kind: "evaluate" } },
  });
  const buttons = await screen.findAllByRole("button", { name: /^Evaluate/ });
  expect(buttons.map((button) => button.textContent)).toEqual(["Evaluate road v2 int8"]);
  await userEvent.click(buttons[0] as HTMLElement);
  await waitFor(() => expect(router.state.location.pathname).toBe("/projects/1/runs/9"));
  const sent = log.find(({ method }) => method === "POST");
  expect(sent?.headers["Idempotency-Key"]).toMatch(/^[0-9a-f-]{36}$/);
});

it("a refusal to evaluate is told in the words of the server", async () => {
  const bare = { ...variant, metrics: {}, gate: null };
  const model = { id: 11, number: 2, name: "road", arch: "yolo11n", trainable: true, parent_id: null };
  const more = { dataset_version: null, run_id: 5, created_at: "2026-11-25T10:00:00Z" };
  const { router } = open("pass", {
    "GET /api/projects/1/models/": {
      body: { results: [{ ...model, ...more, variants: [bare] }], base_models: [] },
    },
    "POST /api/variants/21/evaluate/": {
      status: 422,
      body: {
        code: "nothing_to_judge_by",
        message: "data v1 has no reviewed test items to judge by",
        details: {},
      },
    },
  });
  await userEvent.click(await screen.findByRole("button", { name: /^Evaluate/ }));
  expect(await screen.findByText(/data v1 has no reviewed test items/)).toBeTruthy();
  expect(router.state.location.pathname).toBe("/projects/1/models");
});

it("a change is told only where there is something to compare with", () => {
  expect(relativeChange(2.9, 10.4)).toBeCloseTo(-0.721, 3);
  expect(relativeChange(2.9, undefined)).toBeNull();
  expect(relativeChange(10.4, 10.4)).toBeNull();
});

it("a variant says how each kind of machine runs it", async () => {
  const here = { machine: "a processor, 2 cores", measured_at: "2026-11-25T10:00:00Z" };
  const runtime = [{ ...here, runtime: "openvino", precision: "bf16", streams: 2, images_per_s: 74.2 }];
  const model = { id: 11, number: 2, name: "road", arch: "yolo11n", trainable: true, parent_id: null };
  const more = { dataset_version: null, run_id: 5, created_at: "2026-11-25T10:00:00Z" };
  open("pass", {
    "GET /api/projects/1/models/": {
      body: { results: [{ ...model, ...more, variants: [{ ...variant, runtime }] }], base_models: [] },
    },
  });
  const line = await screen.findByText("OpenVINO, bf16, 2 streams, 74 images/s");
  expect(line.title).toBe("a processor, 2 cores");
});
