import { screen, waitFor } from "@testing-library/react";
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
    ...more,
  });
  const page = renderPage(<ModelsPage />, path, "/projects/:projectId/models");
  return { ...page, log };
}

it("a refused variant cannot be deployed, and the page says why", async () => {
  open("refuse");
  expect(await screen.findByText("Refused")).toBeTruthy();
  expect(screen.getByRole("button", { name: /^Deploy \(The gate refused it/ })).toBeTruthy();
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

it("a change is told only where there is something to compare with", () => {
  expect(relativeChange(2.9, 10.4)).toBeCloseTo(-0.721, 3);
  expect(relativeChange(2.9, undefined)).toBeNull();
  expect(relativeChange(10.4, 10.4)).toBeNull();
});
