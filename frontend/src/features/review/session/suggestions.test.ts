import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { truth } from "@/document/testing";
import { Outbox } from "@/outbox/outbox";
import { MemoryStorage } from "@/outbox/storage";
import { ReviewSession } from "./reviewSession";
import { asPictures, FakePictures, FakeServer, makeProject, refusal, settle } from "./testing";

const suggestion = {
  id: 9,
  author: "Bob",
  document: { objects: [truth("p1", [10, 10, 40, 30], 1, "p1") as never], review: { rejected: ["p2"] } },
  base_revision: 3,
  created_at: "",
};
let server: FakeServer;
let session: ReviewSession;

beforeEach(async () => {
  server = new FakeServer([1]);
  server.works.set(1, { ...server.work(1), suggestions: [suggestion] });
  const outbox = new Outbox({ owner: 1, storage: new MemoryStorage(), transport: server });
  session = new ReviewSession({
    project: makeProject(),
    api: server,
    outbox,
    pictures: asPictures(new FakePictures()),
  });
  session.start(null);
  await settle();
});
afterEach(() => {
  session.stop();
  session.outbox.close();
});

const view = () => session.view.getState();
const doc = () => session.document.doc;

describe("what somebody suggested", () => {
  it("is told when the item opens, with how much it would change", () => {
    expect(view().note?.text).toBe("Bob suggests changes");
    expect(session.changesOf(suggestion)).toBe(2);
  });

  it("is taken over in one step, and the server is told; undone it is there again", async () => {
    const before = doc();
    session.takeSuggestion(9);
    await settle();
    expect(doc().regions.p1).toMatchObject({ bbox: [10, 10, 40, 30], needsCheck: false });
    expect(doc().regions.p2?.state).toBe("rejected");
    expect(view()).toMatchObject({ suggestions: [], note: { undo: true } });
    session.undo();
    expect(doc()).toEqual(before);
    expect(view().suggestions).toEqual([suggestion]);
    session.redo();
    await settle();
    expect(view().suggestions).toEqual([]);
    expect(server.told).toEqual([
      [9, "taken"],
      [9, "open"],
      [9, "taken"],
    ]);
  });

  it("is put aside and brought back, and nothing else changes", async () => {
    const before = doc();
    session.dismissSuggestion(9);
    expect(view().putAside.has(9)).toBe(true);
    session.dismissSuggestion(9, false);
    await settle();
    expect(view()).toMatchObject({ suggestions: [suggestion], putAside: new Set() });
    expect(server.told.map(([, outcome]) => outcome)).toEqual(["dismissed", "open"]);
    expect(doc()).toBe(before);
  });

  it("stays where the server could not be told, with the reason", async () => {
    server.failures.tell = [refusal(503, "busy")];
    session.dismissSuggestion(9);
    await settle();
    expect(view().putAside.has(9)).toBe(false);
    expect(view().note?.text).toContain("busy");
  });
});
