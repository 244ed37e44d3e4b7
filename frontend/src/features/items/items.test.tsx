import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Item } from "@/lib/api";
import { fakeBackend } from "@/test/backend";
import { project } from "@/test/cast";
import { renderPage } from "@/test/page";
import { ItemsPage } from "./index";

afterEach(() => vi.unstubAllGlobals());

const item = (id: number): Item => ({
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
});

function open(address: string, routes: Parameters<typeof fakeBackend>[0]) {
  const log = fakeBackend({ "GET /api/projects/1/": { body: project }, ...routes });
  const page = renderPage(<ItemsPage />, address, "/projects/:projectId/items");
  return { ...page, log };
}

it("filters live in the address, both ways", async () => {
  const { log, router } = open("/projects/1/items?state=queued", {
    "GET /api/projects/1/items/": { body: { results: [item(1)], next: null } },
  });
  expect(await screen.findByText("road-1.jpg")).toBeTruthy();
  expect(log.at(-1)?.path).toBe("/api/projects/1/items/?state=queued&limit=60");
  await userEvent.selectOptions(screen.getByLabelText("Class"), "7");
  await waitFor(() => expect(router.state.location.search).toBe("?state=queued&class=7"));
  await waitFor(() => expect(log.at(-1)?.path).toBe("/api/projects/1/items/?state=queued&class=7&limit=60"));
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
