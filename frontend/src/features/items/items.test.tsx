import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { fakeBackend, type Sent } from "@/test/backend";
import { project, run } from "@/test/cast";
import { renderPage } from "@/test/page";
import type { Row, Summary } from "./api";
import { ItemsPage } from "./index";

afterEach(() => vi.unstubAllGlobals());

const summary: Summary = {
  bins: Array.from({ length: 20 }, (_, index) => ({ n: 10, waiting: index < 12 ? 4 : 0 })),
  no_guess: { n: 5, waiting: 5 },
  items: 205,
  waiting: 53,
  review: { median_ms: 9000, submits: 200, needed: 10 },
  datasets: [],
  computed_at: "2026-11-26T00:00:00Z",
};

const item = (id: number): Row => ({
  id,
  name: `road-${id}.jpg`,
  width: 640,
  height: 384,
  split: "train",
  state: "queued",
  problem: "",
  confidence: 0.72,
  uncertainty: 0.28,
  class_counts: { "7": 2 },
  revision: 0,
  metadata: {},
  thumbnail_url: `/api/items/${id}/thumbnail/`,
  image_url: `/api/items/${id}/image/`,
  reason: "uncertain",
  dataset_id: 1,
});

function open(address: string, routes: Parameters<typeof fakeBackend>[0]) {
  const log = fakeBackend({
    "GET /api/projects/1/": { body: project },
    "GET /api/projects/1/items/summary/": { body: summary },
    ...routes,
  });
  const page = renderPage(<ItemsPage />, address, "/projects/:projectId/items");
  return { ...page, log };
}

const lists = (log: Sent[]) => log.map(({ path }) => path).filter((path) => path.includes("/items/?"));

it("filters live in the address, both ways", async () => {
  const { log, router } = open("/projects/1/items?state=queued", {
    "GET /api/projects/1/items/": { body: { results: [item(1)], next: null } },
  });
  expect(await screen.findByText("road-1.jpg")).toBeTruthy();
  expect(lists(log).at(-1)).toBe("/api/projects/1/items/?state=queued&limit=60");
  await userEvent.selectOptions(screen.getByLabelText("Class"), "7");
  await waitFor(() => expect(router.state.location.search).toBe("?state=queued&class=7"));
  await waitFor(() => expect(lists(log).at(-1)).toBe("/api/projects/1/items/?state=queued&class=7&limit=60"));
});

it("the next page starts where the server says, and is added below", async () => {
  open("/projects/1/items", {
    "GET /api/projects/1/items/?limit=60": { body: { results: [item(1)], next: 1 } },
    "GET /api/projects/1/items/?after=1&limit=60": { body: { results: [item(2)], next: null } },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Load more" }));
  expect(await screen.findByText("road-2.jpg")).toBeTruthy();
  expect(screen.getByText("road-1.jpg")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Load more" })).toBeNull();
});

it("a filter that nothing fits offers to drop it", async () => {
  const { router } = open("/projects/1/items?q=zebra", {
    "GET /api/projects/1/items/": { body: { results: [], next: null } },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Show all" }));
  await waitFor(() => expect(router.state.location.search).toBe(""));
});

it("says how much work is below a score, from the bars alone, and by keyboard", async () => {
  const { router, log } = open("/projects/1/items", {
    "GET /api/projects/1/items/": { body: { results: [item(1)], next: null } },
  });
  const found = await screen.findByTestId("found");
  expect(found.textContent).toContain("205 items");
  const below = screen.getByRole("slider", { name: "Score below" });
  below.focus();
  await userEvent.keyboard("{PageDown}{PageDown}");
  await waitFor(() => expect(router.state.location.search).toBe("?score=0..0.6"));
  expect(found.textContent).toContain("120 items");
  // 48 wait, at 9 s each
  expect(found.textContent).toContain("48 wait for people: about 7 min");
  await waitFor(() => expect(lists(log).at(-1)).toBe("/api/projects/1/items/?score=0..0.6&limit=60"));
  await userEvent.click(screen.getByRole("button", { name: "Without a score 5" }));
  await waitFor(() => expect(router.state.location.search).toBe("?score=none"));
  expect(found.textContent).toContain("5 items");
});

it("gives no time where too little was submitted, and says how much is missing", async () => {
  open("/projects/1/items", {
    "GET /api/projects/1/items/": { body: { results: [item(1)], next: null } },
    "GET /api/projects/1/items/summary/": {
      body: { ...summary, review: { median_ms: null, submits: 3, needed: 10 } },
    },
  });
  const found = await screen.findByTestId("found");
  expect(found.textContent).toContain("No estimate of the time: 3 of 10 submits that it needs.");
  expect(found.textContent).not.toContain("about");
});

it("asks before it touches all that fit, and sends the filter instead of a list", async () => {
  const { log, router } = open("/projects/1/items?score=0..0.6&order=score", {
    "GET /api/projects/1/items/": { body: { results: [item(1)], next: null } },
    "POST /api/projects/1/items/bulk/": { status: 202, body: { ...run, id: 9 } },
    "GET /api/runs/9/events/": {
      body: { results: [], run: { ...run, id: 9, params: { action: "return" } } },
    },
  });
  await userEvent.click(await screen.findByRole("button", { name: "All 205 that fit" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Send to people again" }));
  expect(log.every(({ method }) => method === "GET")).toBe(true);
  await userEvent.click(await screen.findByRole("button", { name: "Start for 205 items" }));
  await waitFor(() => expect(router.state.location.search).toContain("run=9"));
  const sent = log.find(({ method }) => method === "POST");
  expect(sent?.body).toMatchObject({ action: "return", filter: { score: "0..0.6", state: "" } });
  expect(sent?.headers["Idempotency-Key"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(await screen.findByTestId("bulk-run")).toBeTruthy();
});
