import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { docFromWork } from "@/document/loadWork";
import { guessed, makeWork, thresholds } from "@/document/testing";
import type { SimilarRow } from "@/lib/api";
import { fakeBackend } from "@/test/backend";
import { project as road } from "@/test/cast";
import { renderPage } from "@/test/page";
import { inRequests } from "../api/alike";
import type { ReviewSession } from "../session/reviewSession";
import { ViewDesk } from "../session/viewDesk";
import { AlikeDialog } from "./AlikeDialog";
import { cropStyle } from "./alikeCrop";

afterEach(() => vi.unstubAllGlobals());

const row = (id: number, object: string, score: number): SimilarRow => ({
  item: {
    id,
    name: `${id}.jpg`,
    width: 400,
    height: 300,
    state: "queued",
    image_url: `/api/items/${id}/image/`,
    thumbnail_url: `/api/items/${id}/thumbnail/`,
  },
  object,
  score,
  bbox: [100, 100, 140, 130],
  class_id: 7,
  waiting: true,
});

const project = {
  ...road,
  classes: road.classes.flatMap((one) => [one, { ...one, id: 8, index: 1, name: "bus" }]),
};
const run = { id: 7, project_id: 1, kind: "find_similar", state: "succeeded", stage: "", done: 1, total: 1 };

describe("label all like this", () => {
  it("shows an object in the middle of its cell, with some of what is around it", () => {
    // 40 x 30 px with 30 % around are 52 px of 400: the picture is 400 / 52 cells wide.
    expect(cropStyle(row(1, "p1", 1))).toMatchObject({ width: "769.23%", left: "-180.77%", top: "-244.87%" });
    expect(cropStyle({ ...row(1, "p1", 1), bbox: null })).toMatchObject({ width: "100%" });
  });

  it("sends at most a hundred objects at once, those of a picture side by side", () => {
    const rows = [...Array(150).keys()].map((at) => row(at % 3, `p${at}`, 1));
    const parts = inRequests(rows);
    expect(parts.map((part) => part.length)).toEqual([100, 50]);
    expect(parts.flat().map((one) => one.item.id)).toEqual([...rows].map((one) => one.item.id).sort());
  });

  it("ticks what the slider says, puts one right by a click, and labels and takes back all of it at once", async () => {
    const log = fakeBackend({
      "POST /api/projects/1/similar/": { status: 202, body: run },
      "GET /api/projects/1/similar/7/": {
        body: { run, results: [row(11, "p1", 0.9), row(12, "p2", 0.8), row(13, "p1", 0.4)] },
      },
      "POST /api/projects/1/similar/7/label/": (sent) => ({
        body: {
          results: (sent.body as { objects: { item_id: number }[] }).objects.map(({ item_id }) => ({
            item_id,
            done: true,
            problem: null,
          })),
        },
      }),
      "POST /api/projects/1/similar/7/undo/": {
        body: { results: [{ item_id: 11, done: true, problem: null }] },
      },
    });
    const desk = new ViewDesk(project);
    const box = guessed("p9", [10, 20, 30, 40], 8, 0.6);
    const work = makeWork({ prediction: { id: 1, source: { id: 1, name: "m" }, objects: [box] } });
    desk.document.load(docFromWork(work, thresholds));
    desk.document.select("p9");
    desk.view.setState({ phase: "working", itemId: 5, dialog: "alike" });
    renderPage(<AlikeDialog session={desk as unknown as ReviewSession} />);

    const button = await screen.findByRole("button", { name: "Make 2 of them bus" });
    expect(log[0]?.body).toEqual({ item_id: 5, bbox: [10, 20, 30, 40] });
    await userEvent.click(screen.getByRole("button", { name: /^12.jpg/ }));
    expect(screen.getByRole("button", { name: /^12.jpg/ }).getAttribute("aria-pressed")).toBe("false");
    expect(button.textContent).toBe("Make 1 of them bus");
    fireEvent.change(screen.getByRole("slider"), { target: { value: "0.3" } });
    expect(button.textContent).toBe("Make 3 of them bus");
    await userEvent.click(button);

    await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
    await waitFor(() => expect(log.some((one) => one.path.endsWith("/undo/"))).toBe(true));
    const [label, undo] = log.filter((one) => /label|undo/.test(one.path));
    expect(label?.body).toEqual({
      class_id: 8,
      objects: [
        { item_id: 11, object: "p1" },
        { item_id: 12, object: "p2" },
        { item_id: 13, object: "p1" },
      ],
    });
    expect(undo?.headers["Idempotency-Key"]).toBe(label?.headers["Idempotency-Key"]);
    expect(await screen.findByText("Taken back")).toBeTruthy();
  });
});
