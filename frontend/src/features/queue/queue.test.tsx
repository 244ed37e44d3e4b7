import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeBackend } from "@/test/backend";
import { asAnnotator, project, session } from "@/test/cast";
import { renderPage } from "@/test/page";
import type { QueueTold } from "./api";
import { QueuePage } from "./index";

afterEach(() => vi.unstubAllGlobals());

const entry = (id: number, why: QueueTold["next"][number]["why"]): QueueTold["next"][number] => ({
  id,
  name: `${id}.png`,
  reason: "uncertain",
  why,
  thumbnail_url: `/api/items/${id}/thumbnail/`,
});
const told: QueueTold = {
  order: { strategy: "mix", budget: 90, rule: "max", last: { chosen: 12, without: ["embeddings"] } },
  strategies: ["mix", "entropy"].map((slug) => ({ slug, label: slug, needs: [] })),
  model: "road v3",
  next: [
    entry(1, { code: "unsure", margin: 0.04 }),
    entry(2, { code: "rare_class", class_id: project.classes[0]?.id ?? 0 }),
    entry(3, { code: "stands_for", share: 0.12 }),
    entry(4, { code: "of a newer server" }),
    entry(5, { code: "flag", flag: "blurred" }),
  ],
  flat: { labels_from: 120, labels_to: 240, gain: 0.004 },
};
const run = { id: 7, project_id: 1, kind: "order_queue", state: "succeeded", stage: "", done: 1, total: 1 };
const at = (shown = project) =>
  fakeBackend({
    "GET /api/session/": { body: session },
    "GET /api/projects/1/": { body: shown },
    "GET /api/projects/1/dashboard/": {
      body: { waiting: { uncertain: 5 }, computed_at: "2026-11-26T00:00:00Z" },
    },
    "GET /api/projects/1/holders/": { body: { results: [] } },
    "GET /api/projects/1/queue/": { body: told },
    "POST /api/projects/1/queue/order/": { status: 202, body: run },
    "GET /api/runs/7/events/": { body: { results: [], run } },
  });
const show = () => renderPage(<QueuePage />, "/projects/1/queue", "/projects/:projectId/queue");

describe("the order of the queue", () => {
  it("says of each item that comes next why", async () => {
    at();
    show();
    expect(await screen.findByText("Unsure (margin 0.04)")).toBeTruthy();
    expect(screen.getByText(`Rare class: ${project.classes[0]?.name}`)).toBeTruthy();
    expect(screen.getByText("Stands for 12 % of what waits")).toBeTruthy();
    expect(screen.getByText("Blurred")).toBeTruthy();
    // A code that this page does not know: the reason says what it can.
    expect(screen.getAllByText("Uncertain").length).toBeGreaterThan(1);
  });

  it("is changed by a lead, and says what it had to do without and when the curve is flat", async () => {
    const log = at();
    show();
    await userEvent.selectOptions(await screen.findByLabelText("Strategy"), "entropy");
    expect(screen.getByText(/gives no features/)).toBeTruthy();
    expect(screen.getByText(/From 120 to 240 training pictures the models gained 0.4 points/)).toBeTruthy();
    const budget = screen.getByLabelText("Chosen at once");
    await userEvent.clear(budget);
    await userEvent.type(budget, "2");
    await userEvent.click(screen.getByRole("button", { name: "Put in this order" }));
    expect(screen.getByText("A whole number from 3 to 1000")).toBeTruthy();
    await userEvent.type(budget, "4");
    await userEvent.click(screen.getByRole("button", { name: "Put in this order" }));
    await waitFor(() => expect(log.some((sent) => sent.path.endsWith("/queue/order/"))).toBe(true));
    const sent = log.find((one) => one.path.endsWith("/queue/order/"));
    expect(sent?.body).toEqual({ strategy: "entropy", budget: 24, rule: "max" });
    expect(await screen.findByRole("link", { name: "Show the run" })).toBeTruthy();
  });

  it("is not an annotator's to change", async () => {
    at(asAnnotator);
    show();
    const start = await screen.findByRole("button", { name: /Put in this order/ });
    expect(start.getAttribute("aria-disabled")).toBe("true");
  });
});
