import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RunEvent } from "@/lib/api";
import { fakeBackend } from "@/test/backend";
import { project, run } from "@/test/cast";
import { renderPage } from "@/test/page";
import { curvesOf } from "./components/Curves";
import { stageSpans } from "./components/Timeline";
import { RunPage } from "./index";

afterEach(() => vi.unstubAllGlobals());

let seq = 0;
const event = (kind: RunEvent["kind"], at: string, message: string, data = {}): RunEvent => {
  seq += 1;
  return { seq, at: `2026-11-25T10:${at}Z`, kind, message, data };
};

describe("the stages of a run", () => {
  const story = [
    event("stage", "00:10", "snapshot"),
    event("stage", "00:20", "train"),
    event("stage", "02:00", "snapshot"),
    event("stage", "02:05", "train"),
  ];

  it("are timed by when the next one began, and a stage that was entered again is one line", () => {
    const spans = stageSpans(run, story, Date.parse("2026-11-25T10:03:05Z"));
    expect(spans).toEqual([
      { stage: "snapshot", seconds: 15, state: "done" },
      { stage: "train", seconds: 160, state: "now" },
    ]);
  });

  it("end in a broken one when the run failed", () => {
    const failed = { ...run, state: "failed" as const, finished_at: "2026-11-25T10:02:15Z" };
    expect(stageSpans(failed, story).at(-1)).toEqual({ stage: "train", seconds: 110, state: "broken" });
  });
});

it("metrics become curves, epochs do not", () => {
  const events = [
    event("metric", "00:01", "", { epoch: 1, loss: 2 }),
    event("metric", "00:02", "", { epoch: 2, loss: 1 }),
  ];
  expect([...curvesOf(events)]).toEqual([["loss", [2, 1]]]);
});

describe("the page of a run", () => {
  const open = (shown: typeof run, more = {}) => {
    const log = fakeBackend({
      "GET /api/projects/1/": { body: project },
      "GET /api/runs/5/events/": { body: { run: shown, results: [] } },
      ...more,
    });
    renderPage(<RunPage />, "/projects/1/runs/5", "/projects/:projectId/runs/:runId");
    return log;
  };

  it("asks once before it cancels and says what is kept", async () => {
    const log = open(run, { "POST /api/runs/5/cancel/": { body: { ...run, cancel_requested: true } } });
    await userEvent.click(await screen.findByRole("button", { name: "Cancel run" }));
    expect(screen.getByText(/What it has finished stays/)).toBeTruthy();
    expect(log.every(({ method }) => method === "GET")).toBe(true);
    await userEvent.click(screen.getAllByRole("button", { name: "Cancel run" }).at(-1) as HTMLElement);
    expect(log.some(({ path }) => path === "/api/runs/5/cancel/")).toBe(true);
  });

  it("of a failed run says what went wrong and offers a retry", async () => {
    open({
      ...run,
      state: "failed",
      error: { code: "out_of_memory", message: "the worker ran out of memory" },
    });
    expect((await screen.findByRole("alert")).textContent).toContain("the worker ran out of memory");
    expect(screen.getByRole("button", { name: "Retry" })).toBeTruthy();
  });

  it("says so when no worker takes it", async () => {
    open({ ...run, state: "queued", started_at: null, created_at: "2020-01-01T00:00:00Z" });
    expect(await screen.findByText(/No worker has taken this run/)).toBeTruthy();
  });
});
