import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Project } from "@/lib/api";
import { fakeBackend, type Sent } from "@/test/backend";
import { asAnnotator, project, session } from "@/test/cast";
import { renderPage } from "@/test/page";
import { triggers } from "@/test/triggers";
import { readLook } from "./components/LookChoice";
import { everyDay } from "./components/Tiles";
import { DashboardPage, NewProjectPage, ProjectsPage, SettingsPage } from "./index";

afterEach(() => vi.unstubAllGlobals());

const COMPUTED = "2026-11-26T00:00:00Z";
const tiles = {
  progress: { counts: project.counts, forecast: null, worked_days: 2, days: 14 },
  throughput: [],
  acceptance: [],
  spot_checks: null,
  stuck: { returned: 0, postponed: 0, skipped: 0, problem: 0 },
  waiting: {},
  sources: [{ id: 3, name: "road v3", kind: "model" }],
};
/** Answers the tile that is asked for, with what a test puts in its place. */
const answering = (given: object) => (sent: Sent) => {
  const tile = new URLSearchParams(sent.path.split("?")[1]).get("tile") as keyof typeof tiles;
  return { body: { [tile]: { ...tiles, ...given }[tile], computed_at: COMPUTED } };
};
const at = (shown: Project, more = {}) =>
  fakeBackend({
    "GET /api/session/": { body: session },
    "GET /api/projects/1/": { body: shown },
    "GET /api/projects/1/dashboard/": answering({}),
    "GET /api/projects/1/triggers/": { body: triggers },
    "GET /api/projects/1/thresholds/estimate/": { body: { accept: 0.82, n: 412, curve: [] } },
    ...more,
  });
const dashboard = () => renderPage(<DashboardPage />, "/projects/1", "/projects/:projectId");
const settings = (tab: string) =>
  renderPage(<SettingsPage />, `/projects/1/settings?tab=${tab}`, "/projects/:projectId/settings");

describe("the list of projects", () => {
  it("says why there is nothing and that only staff makes projects", async () => {
    const plain = { ...session, user: { ...session.user, is_staff: false } };
    fakeBackend({ "GET /api/session/": { body: plain }, "GET /api/projects/": { body: { results: [] } } });
    renderPage(<ProjectsPage />);
    expect(await screen.findByText("No projects yet")).toBeTruthy();
    expect(screen.getAllByRole("button", { name: /Only staff/ })).toHaveLength(2);
  });

  it("offers a retry when the server is broken, and goes on after it", async () => {
    let broken = true;
    fakeBackend({
      "GET /api/session/": { body: session },
      "GET /api/projects/": () => (broken ? { status: 500 } : { body: { results: [project] } }),
    });
    renderPage(<ProjectsPage />);
    const retry = await screen.findByRole("button", { name: "Try again" });
    broken = false;
    await userEvent.click(retry);
    expect(await screen.findByRole("link", { name: "Road" })).toBeTruthy();
    expect(screen.getByRole("link", { name: "4 wait" }).getAttribute("href")).toBe("/projects/1/review");
  });
});

describe("a new project", () => {
  it("takes a pasted list as classes and leaves empty rows out", async () => {
    const log = fakeBackend({ "POST /api/projects/": { status: 201, body: project } });
    const { router } = renderPage(<NewProjectPage />, "/projects/new", "/projects/new");
    await userEvent.type(screen.getByLabelText("Name"), "Road");
    await userEvent.click(screen.getByLabelText("Name of class 1"));
    await userEvent.paste("car\nbus\n\n");
    await userEvent.click(screen.getByRole("button", { name: "Add class" }));
    await userEvent.click(screen.getByRole("button", { name: "Create project" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/projects/1"));
    const sent = log[0]?.body as { classes: { name: string; color: string }[]; task_type: string };
    expect(sent.task_type).toBe("object_detection");
    expect(sent.classes.map(({ name }) => name)).toEqual(["car", "bus"]);
    expect(new Set(sent.classes.map(({ color }) => color)).size).toBe(2);
  });
});

describe("a new project of masks", () => {
  it("is made like the others", async () => {
    const log = fakeBackend({ "POST /api/projects/": { status: 201, body: project } });
    const { router } = renderPage(<NewProjectPage />, "/projects/new", "/projects/new");
    await userEvent.type(screen.getByLabelText("Name"), "Road");
    await userEvent.click(screen.getByRole("radio", { name: /Semantic segmentation/ }));
    await userEvent.click(screen.getByRole("button", { name: "Create project" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/projects/1"));
    expect(log[0]?.body).toMatchObject({ task_type: "semantic_segmentation" });
  });
});

describe("the overview", () => {
  it("links each state to the items in it", async () => {
    at(project);
    dashboard();
    expect((await screen.findByRole("link", { name: "Auto-accepted" })).getAttribute("href")).toBe(
      "/projects/1/items?state=auto_accepted",
    );
  });

  it("shows an empty project what to do first, with the reason where the role cannot", async () => {
    at({ ...asAnnotator, counts: { ...project.counts, total: 0, waiting: 0 } });
    dashboard();
    expect(await screen.findByText("Four steps to the first label")).toBeTruthy();
    expect(screen.getByRole("button", { name: /^Import \(As Annotator you may not/ })).toBeTruthy();
  });

  it("proposes a retrain to all, but only who may train can open it", async () => {
    at({ ...asAnnotator, retrain: { due: true, triggers: ["ratio"] } });
    dashboard();
    expect(await screen.findByText("Time to retrain")).toBeTruthy();
    expect(screen.getByRole("button", { name: /^Retrain \(/ })).toBeTruthy();
    expect(screen.queryByRole("link", { name: "Retrain" })).toBeNull();
    expect(screen.getByRole("button", { name: /^Put aside \(/ })).toBeTruthy();
    expect(await screen.findByText(/22\s?% of 10\s?%/)).toBeTruthy();
  });

  it("shows days without a review as days without a review", () => {
    const now = Date.parse("2026-11-25T13:00:00Z");
    const days = everyDay([{ day: "2026-11-24", n: 5 }], 7, now);
    expect(days).toHaveLength(7);
    expect(days[0]).toEqual({ day: "2026-11-19", n: 0 });
    expect(days.at(-2)).toEqual({ day: "2026-11-24", n: 5 });
    expect(days.at(-1)).toEqual({ day: "2026-11-25", n: 0 });
  });

  it("foretells nothing by two worked days, and a range by more", async () => {
    at(project);
    const first = dashboard();
    expect(await screen.findByText("unknown: 2 worked days of the last 14, three are needed")).toBeTruthy();
    first.unmount();
    const forecast = { fast_days: 2, slow_days: 4, fast_pace: 18.75, slow_pace: 11.25 };
    at(project, {
      "GET /api/projects/1/dashboard/": answering({
        progress: { ...tiles.progress, forecast, worked_days: 3 },
      }),
    });
    dashboard();
    expect(await screen.findByText(/ to .*\(11 to 19 a day\)/)).toBeTruthy();
  });

  it("links what is stuck to the items that are, and says how sure a spot check is", async () => {
    at(project, {
      "GET /api/projects/1/dashboard/": answering({
        stuck: { returned: 2, postponed: 1, skipped: 4, problem: 3 },
        spot_checks: { n: 3, kept: 2, precision: 2 / 3, low: 0.2077, high: 0.9385 },
      }),
    });
    dashboard();
    const link = async (name: string) => (await screen.findByRole("link", { name })).getAttribute("href");
    expect(await link("Sent back, waits again")).toBe("/projects/1/items?reason=returned");
    expect(await link("Put off by somebody")).toBe("/projects/1/items?postponed=1");
    expect(await link("Reported as a problem")).toBe("/projects/1/items?state=problem");
    expect(await screen.findByText("95 % sure: between 20.8% and 93.9%")).toBeTruthy();
  });

  it("keeps range and model in the address and asks for them", async () => {
    const log = at(project);
    const { router } = dashboard();
    await userEvent.click(await screen.findByRole("button", { name: "7 days" }));
    await userEvent.selectOptions(screen.getByLabelText("Whose guesses"), "3");
    await waitFor(() => expect(router.state.location.search).toBe("?days=7&source=3"));
    const wanted = "/api/projects/1/dashboard/?tile=acceptance&days=7&source=3";
    await waitFor(() => expect(log.some(({ path }) => path === wanted)).toBe(true));
    expect(readLook(new URLSearchParams("days=8&source=x"))).toEqual({ days: 30, source: "" });
  });

  it("shows the other tiles when one is broken, and asks that one again", async () => {
    let broken = true;
    at(project, {
      "GET /api/projects/1/dashboard/": (sent: Sent) =>
        broken && sent.path.includes("tile=stuck") ? { status: 500 } : answering({})(sent),
    });
    dashboard();
    const retry = await screen.findByRole("button", { name: "Try again" });
    expect(await screen.findByText("No guess was reviewed in this time.")).toBeTruthy();
    broken = false;
    await userEvent.click(retry);
    expect(await screen.findByText("Nothing is stuck.")).toBeTruthy();
  });
});

describe("the settings", () => {
  it("send the revision that was seen, and shares as shares", async () => {
    const log = at(project, { "PATCH /api/projects/1/": { body: { ...project, revision: 4 } } });
    settings("routing");
    await userEvent.click(await screen.findByRole("button", { name: "Use 0.82" }));
    await userEvent.click(screen.getByLabelText(/A second Enter submits/));
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(log.some(({ method }) => method === "PATCH")).toBe(true));
    const sent = log.find(({ method }) => method === "PATCH");
    expect(sent?.headers["If-Match"]).toBe("3");
    expect(sent?.body).toMatchObject({
      accept_threshold: 0.82,
      thresholds_calibrated: true,
      submit_unchecked: false,
      spot_check_rate: 0.05,
    });
  });

  it("refuse an accept threshold below the show threshold before anything is sent", async () => {
    const log = at(project);
    settings("routing");
    const accept = await screen.findByLabelText("Accept from");
    await userEvent.clear(accept);
    await userEvent.type(accept, "0.1");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(screen.getByText("Accept must not be below show.")).toBeTruthy();
    expect(log.every(({ method }) => method === "GET")).toBe(true);
  });

  it("say that somebody was faster, in words", async () => {
    at(project, {
      "PATCH /api/projects/1/": { status: 412, body: { code: "stale_revision", message: "x", details: {} } },
    });
    settings("general");
    await userEvent.click(await screen.findByRole("button", { name: "Save" }));
    expect((await screen.findByRole("alert")).textContent).toContain("Somebody changed this meanwhile");
  });
});

describe("how pictures are looked at", () => {
  const told = {
    tiles: "off",
    tile_size: 640,
    tile_overlap: 0.2,
    committee: "off",
    members: ["road v1 fp32"],
  };

  it("keeps a choice of tiles and of a committee, and refuses a size out of bounds", async () => {
    const sent: Sent[] = [];
    at(project, {
      "GET /api/projects/1/guessing/": { body: told },
      "PUT /api/projects/1/guessing/": (given: Sent) => {
        sent.push(given);
        return { body: { ...told, ...(given.body as object) } };
      },
    });
    settings("guessing");
    await userEvent.selectOptions(await screen.findByLabelText("Small objects in large pictures"), "size");
    const size = screen.getByLabelText("Tile size (px)");
    await userEvent.clear(size);
    await userEvent.type(size, "8");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("A whole number from 64 to 4096.")).toBeTruthy();
    expect(sent).toHaveLength(0);
    await userEvent.clear(size);
    await userEvent.type(size, "512");
    await userEvent.selectOptions(screen.getByLabelText("Committee"), "variants");
    expect(screen.getByText(/Only one model has guessed here/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]?.body).toEqual({
      tiles: "size",
      tile_size: 512,
      tile_overlap: 0.2,
      committee: "variants",
    });
  });

  it("has no such page for masks", async () => {
    at({ ...project, task_type: "semantic_segmentation" });
    settings("general");
    await screen.findByRole("tab", { name: "Routing" });
    expect(screen.queryByRole("tab", { name: "Guessing" })).toBeNull();
  });
});
