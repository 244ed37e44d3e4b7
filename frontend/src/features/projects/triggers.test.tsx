import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeBackend } from "@/test/backend";
import { project, session } from "@/test/cast";
import { renderPage } from "@/test/page";
import { triggers } from "@/test/triggers";
import { RetrainBanner } from "./components/RetrainBanner";
import { RetrainCard } from "./components/RetrainCard";
import { SettingsPage } from "./index";
import { toLocal, toUtc, weekdays } from "./schedule";

afterEach(() => vi.unstubAllGlobals());

const at = (more = {}) =>
  fakeBackend({
    "GET /api/session/": { body: session },
    "GET /api/projects/1/": { body: project },
    "GET /api/projects/1/triggers/": { body: triggers },
    ...more,
  });
const proposed = { ...project, retrain: { due: true, triggers: ["ratio" as const] } };

describe("the card", () => {
  it("says where each trigger stands and what came of it", async () => {
    at();
    renderPage(<RetrainCard project={project} />);
    expect(await screen.findByText("22% of 10%")).toBeTruthy();
    expect(screen.getByText("38 uncertain, 171 certain objects in the last pre-labelling")).toBeTruthy();
    expect(screen.getByText("132 of 200 items")).toBeTruthy();
    expect(screen.getByText("distance 0.08 of 0.15")).toBeTruthy();
    expect(screen.getByText("car: p = 0.410, 812 new pictures")).toBeTruthy();
    expect(screen.getByText("No dates")).toBeTruthy();
    const link = screen.getByRole("link", { name: "training 12: Done" });
    expect(link.getAttribute("href")).toBe("/projects/1/runs/12");
  });
});

describe("a proposal", () => {
  it("is put aside by its own triggers", async () => {
    const log = at({ "POST /api/projects/1/triggers/aside/": { body: triggers } });
    renderPage(<RetrainBanner project={proposed} />);
    await userEvent.click(screen.getByRole("button", { name: "Put aside" }));
    await waitFor(() =>
      expect(log.find(({ method }) => method === "POST")?.body).toEqual({ triggers: ["ratio"] }),
    );
  });
});

describe("the settings of the triggers", () => {
  const open = () =>
    renderPage(<SettingsPage />, "/projects/1/settings?tab=retrain", "/projects/:projectId/settings");

  it("send what was chosen with the revision that was seen", async () => {
    const log = at({ "PATCH /api/projects/1/triggers/": { body: { ...triggers, revision: 4 } } });
    open();
    const items = await screen.findByLabelText("Items");
    await userEvent.clear(items);
    await userEvent.type(items, "20");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(log.some(({ method }) => method === "PATCH")).toBe(true));
    const sent = log.find(({ method }) => method === "PATCH");
    expect(sent?.headers["If-Match"]).toBe("3");
    expect(sent?.body).toEqual({
      triggers: [
        { slug: "ratio", mode: "propose", options: { ratio: 0.1 } },
        { slug: "reviewed", mode: "auto", options: { items: 20 } },
        { slug: "drift", mode: "propose", options: { distance: 0.15 } },
        { slug: "schedule", mode: "off", options: { weekday: 0, at: "03:00" } },
      ],
    });
  });

  it("refuse half an item before anything is sent", async () => {
    const log = at();
    open();
    const items = await screen.findByLabelText("Items");
    await userEvent.clear(items);
    await userEvent.type(items, "2.5");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(screen.getByText("A whole number from 1 to 1000000.")).toBeTruthy();
    expect(log.every(({ method }) => method === "GET")).toBe(true);
  });
});

describe("a schedule", () => {
  const now = new Date("2026-11-26T12:00:00Z");

  it("comes back from the person's zone as it went there", () => {
    for (let weekday = 0; weekday < 7; weekday++)
      for (const time of ["00:00", "03:00", "23:59"]) {
        const options = { weekday, at: time };
        expect(toUtc(toLocal(options, now), now)).toEqual(options);
      }
    expect(toUtc(toLocal({ days: 3, at: "21:30" }, now), now)).toEqual({ days: 3, at: "21:30" });
  });

  it("moves over midnight with its weekday", () => {
    const offset = vi.spyOn(Date.prototype, "getDay").mockReturnValue(1);
    expect(toLocal({ weekday: 6, at: "20:00" }, now).weekday).toBe(0); // Sunday evening in UTC, Monday here
    offset.mockRestore();
  });

  it("begins the week on Monday", () => {
    expect(weekdays("en")[0]).toBe("Monday");
    expect(weekdays("zh-Hans")[6]).toBe("星期日");
  });
});
