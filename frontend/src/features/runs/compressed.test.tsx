import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Run, RunEvent } from "@/lib/api";
import { fakeBackend } from "@/test/backend";
import { project, run } from "@/test/cast";
import { renderPage } from "@/test/page";
import { RunPage } from "./index";
import { attemptsOf } from "./stepResults";

afterEach(() => vi.unstubAllGlobals());

const event = (seq: number, kind: RunEvent["kind"], message: string, data = {}): RunEvent => ({
  seq,
  at: `2026-11-25T10:${String(seq).padStart(2, "0")}:00Z`,
  kind,
  message,
  data,
});

const events = [
  event(1, "stage", "snapshot"),
  event(2, "stage", "step 1/2 prune"),
  event(3, "metric", "", { epoch: 1, loss: 2.5 }),
  event(4, "log", "prune 1/2: 4.000 MB", {
    step: "prune",
    size_bytes: 4_000_000,
    metric: 0.8,
    latency_ms: 6,
    seconds: 60,
  }),
  event(5, "stage", "step 2/2 quantize"),
  event(6, "log", "calibrating"),
  event(7, "log", "quantize 2/2: 1.000 MB", {
    step: "quantize",
    size_bytes: 1_000_000,
    metric: 0.792,
    latency_ms: 4,
    seconds: 9,
  }),
];

function open(change: Partial<Run>, more = {}) {
  const made: Run = { ...run, id: 9, kind: "compress", queue: "train", ...change };
  const log = fakeBackend({
    "GET /api/projects/1/": { body: project },
    "GET /api/runs/9/events/?after=0": { body: { run: made, results: events } },
    "GET /api/runs/9/events/": { body: { run: made, results: [] } },
    "GET /api/runs/9/trials/": { body: { results: [] } },
    ...more,
  });
  return { ...renderPage(<RunPage />, "/projects/1/runs/9", "/projects/:projectId/runs/:runId"), log };
}

const anew = event(9, "log", "Plan 2: prune more", { attempt: 2 });

const sizes = (told: RunEvent[]) =>
  attemptsOf(told).map(({ number, whole, steps }) => [
    whole ? `${number} whole` : `${number}`,
    ...steps.map(({ step, size_bytes }) => `${step} ${size_bytes / 1e6}`),
  ]);

it("each step shows what it left of the size, and what it cost", async () => {
  open({ state: "running" });
  const table = await screen.findByRole("table", { name: "Step by step" });
  expect(
    within(table)
      .getAllByRole("row")
      .map(({ textContent }) => textContent),
  ).toEqual([
    "StepWhat is leftSizeQuality (val)Latency p20Took",
    "Prune4.0 MB80.0%6.0 ms1 min",
    "Quantize1.0 MB-75.0%79.2%-1.0%4.0 ms-33.3%9 sec",
  ]);
  expect(screen.getByText("Step 2 of 2: Quantize")).toBeTruthy();
  expect(screen.getByText("loss")).toBeTruthy();
  expect(screen.queryByText("size_bytes")).toBeNull();
});

it("a step that was done again counts once, with its last result", () => {
  const again = event(8, "log", "", { step: "prune", size_bytes: 3_000_000, metric: 0.81 });
  expect(sizes([...events, again])).toEqual([["1 whole", "prune 3", "quantize 1"]]);
  expect(sizes([...events, anew, event(10, "stage", "step 1/2 prune"), again])).toEqual([
    ["1 whole", "prune 4", "quantize 1"],
    ["2", "prune 3"],
  ]);
});

it("a step that a plan shares with the one before is taken from there; one that goes on is not", () => {
  const shared = [anew, event(10, "stage", "step 1/2 prune"), event(11, "stage", "step 2/2 quantize")];
  expect(sizes([...events, ...shared]).at(-1)).toEqual(["2", "prune 4"]);
  const small = event(12, "log", "", { step: "quantize", size_bytes: 2_000_000 });
  expect(sizes([...events, ...shared, small]).at(-1)).toEqual(["2 whole", "prune 4", "quantize 2"]);
});

it("a run that was taken over finds its plans again", () => {
  const stages = [event(1, "stage", "step 1/2 prune"), event(5, "stage", "step 2/2 quantize")];
  const second = [
    event(10, "stage", "step 1/2 prune"),
    event(11, "log", "", { step: "prune", size_bytes: 3_000_000 }),
    event(12, "stage", "step 2/2 quantize"),
  ];
  const found = sizes([
    ...events,
    anew,
    ...second,
    event(13, "stage", "snapshot"),
    ...stages,
    anew,
    ...second,
  ]);
  expect(found).toEqual([
    ["1 whole", "prune 4", "quantize 1"],
    ["2", "prune 3"],
  ]);
});

it("the source leads the steps, the plans before the last fold out, the one that was taken is marked", async () => {
  const source = { name: "source fp32", size_bytes: 8_000_000, metric: 0.9, latency_p20_ms: 12 };
  const result = {
    best_variant_id: 32,
    source_variant_id: 21,
    variants: [{ id: 32, size_bytes: 1_000_000 }],
    table: [source],
  };
  const second = event(10, "log", "", { step: "prune", size_bytes: 3_000_000, metric: 0.6, latency_ms: 5 });
  open(
    { state: "succeeded", result },
    {
      "GET /api/runs/9/events/?after=0": {
        body: {
          run: { ...run, id: 9, kind: "compress", state: "succeeded", result },
          results: [...events, anew, second],
        },
      },
      "GET /api/variants/21/report/": { body: { run_id: 9, metric: "map50", metrics: { map50: 0.82 } } },
    },
  );
  const table = await screen.findByRole("table", { name: "Step by step" });
  const texts = () =>
    within(table)
      .getAllByRole("row")
      .map(({ textContent }) => textContent);
  await waitFor(() => expect(texts()[1]).toBe("Source8.0 MB100%82.0%100%12.0 ms100%–"));
  expect(texts()[2]).toBe("Prune3.0 MB-62.5%60.0%-26.8%5.0 ms-58.3%–");
  const earlier = screen.getByText("1 earlier plan").closest("details");
  expect(earlier?.open).toBe(true);
  expect(within(earlier as HTMLElement).getByRole("heading").textContent).toBe("Plan 1taken");
  expect(within(earlier as HTMLElement).getAllByRole("row")).toHaveLength(4);
});

it("what came of it leads to the plot with its points marked as new", async () => {
  const result = {
    best_variant_id: 32,
    variants: [{ id: 31 }, { id: 32 }],
    front: [32],
    targets_met: false,
    advice: [{ code: "size_missed", severity: "warn", text: "1.0 MB is 0.2 MB above the budget." }],
    table: [
      {
        name: "teacher",
        size_bytes: 10_000_000,
        ratio: 1,
        metric: 0.81,
        drop: 0,
        latency_p20_ms: 20,
        speedup_eager: 1,
        speedup_best: 1,
      },
      {
        name: "final",
        size_bytes: 1_000_000,
        ratio: 10,
        metric: 0.8,
        drop: 0.012,
        latency_p20_ms: 4,
        speedup_eager: 9,
        speedup_best: 5,
      },
    ],
  };
  open({ state: "succeeded", result });
  expect(await screen.findByText("Not all budgets are met")).toBeTruthy();
  const link = screen.getByRole("link", { name: "Size, speed and quality" });
  expect(link.getAttribute("href")).toBe("/projects/1/models/pareto?new=v31%2Cv32&selected=v32");
  expect(screen.getByText("1.0 MB is 0.2 MB above the budget.")).toBeTruthy();
  const table = screen.getByRole("table", { name: "Results" });
  expect(within(table).getAllByRole("row")[2]?.textContent).toBe("final1.0 MB10.0×80.0%-1.2%4.0 ms9.0×5.0×");
});

it("a failed run says where, the likely cause and its last lines, and begins again from a stage", async () => {
  const error = { code: "out_of_memory", message: "no room for a batch of 1" };
  const { log } = open(
    { state: "failed", stage: "step 2/2 quantize", error },
    { "POST /api/runs/9/retry/": { body: run } },
  );
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("Stage: Step 2 of 2: Quantize");
  expect(alert.textContent).toContain("Likely cause: pictures or batches too large");
  expect(alert.textContent).toContain("calibrating");
  await userEvent.click(screen.getByRole("button", { name: "Retry from …" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Step 1 of 2: Prune" }));
  expect(log.find(({ method }) => method === "POST")?.body).toEqual({ stage: "step 1/2 prune" });
});

it("a run that waits says what comes first, one whose worker is silent says so", async () => {
  const { unmount } = open({ state: "queued", ahead: 2 });
  expect(await screen.findByText("2 runs come first.")).toBeTruthy();
  unmount();
  open({ state: "running", silent_s: 75 });
  expect(await screen.findByText(/no sign of life for 1 min 15 sec/)).toBeTruthy();
});

it("a run that several workers share says how many", async () => {
  const { unmount } = open({ state: "running", silent_s: 3, workers: 3 });
  expect(await screen.findByText("3 workers share it.")).toBeTruthy();
  unmount();
  open({ state: "running", silent_s: 3, workers: 1 });
  expect(await screen.findByText("Details")).toBeTruthy();
  expect(screen.queryByText(/worker/)).toBeNull();
});

it("the trials of a search are listed with their plans", async () => {
  const trial = {
    number: 0,
    state: "complete",
    plan: [
      { step: "prune", options: { amount: 0.4 } },
      { step: "quantize", options: { scheme: "int8" } },
    ],
    size_bytes: 900_000,
    metric: 0.79,
    latency_p20_ms: 3.2,
    on_front: true,
    seconds: 40,
    variant_id: null,
    error: null,
  };
  open({ state: "running" }, { "GET /api/runs/9/trials/": { body: { results: [trial] } } });
  expect(await screen.findByText("Prune (0.4) → Quantize (int8)")).toBeTruthy();
  expect(screen.getByText("on the front")).toBeTruthy();
});
