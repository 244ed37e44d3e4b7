import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Outbox } from "@/outbox/outbox";
import { MemoryStorage } from "@/outbox/storage";
import { lacking } from "./lacking";
import { ReviewSession } from "./reviewSession";
import { asPictures, FakePictures, FakeServer, KNOWN, makeProject } from "./testing";

let server: FakeServer;
let outbox: Outbox;
let session: ReviewSession;

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}

beforeEach(async () => {
  server = new FakeServer([1, 2]);
  outbox = new Outbox({ owner: 1, storage: new MemoryStorage(), transport: server });
  const pictures = asPictures(new FakePictures());
  session = new ReviewSession({ project: makeProject(), api: server, outbox, pictures });
  session.start(null);
  session.setEstimate(KNOWN);
  await settle();
});
afterEach(() => {
  session.stop();
  outbox.close();
});

const view = () => session.view.getState();

describe("putting an item off", () => {
  it("sends what was done with it and goes on; it is not counted as done", async () => {
    session.rejectSelected();
    session.postpone();
    await settle();
    expect(view()).toMatchObject({ itemId: 2, done: 0, position: 1, total: 2 });
    expect(server.postponed).toHaveLength(1);
    expect(server.postponed[0]?.document?.review?.rejected).toEqual(["p2"]);
    expect(server.drafts).toEqual([]);
    expect(outbox.entries).toEqual([]);
  });

  it("comes again as a new item after the others, with nothing to look back to in between", async () => {
    session.postpone();
    await settle();
    expect(server.postponed[0]?.document).toBeNull();
    session.acceptAll();
    session.submit();
    await settle();
    expect(view()).toMatchObject({ itemId: 1, done: 1, position: 2, total: 2 });
    session.acceptAll();
    session.submit();
    await settle();
    expect(server.submits.map((entry) => entry.itemId)).toEqual([2, 1]);
    expect(view().phase).toBe("empty");
  });

  it("an item that somebody else has now cannot be put off", async () => {
    session.view.setState({ readOnly: true });
    session.postpone();
    await settle();
    expect(view().itemId).toBe(1);
    expect(server.postponed).toEqual([]);
  });
});

describe("a report", () => {
  it("carries the region it is pinned to", async () => {
    session.report("a van?", { id: "p2", class_id: 1, bbox: [1, 2, 3, 4] });
    await settle();
    expect(server.skips[0]).toMatchObject({ reason: "a van?", region: { id: "p2" } });
  });
});

describe("what is lacking", () => {
  it("follows the selection, the history and the lease", () => {
    const nothing = ["mask", "polygon", "past", "future", "earlier", "later", "held"] as const;
    expect(lacking(session)).toEqual(new Set(nothing));
    session.select(null);
    session.view.setState({ readOnly: true });
    const now = lacking(session);
    expect(["region", "guess", "edit"].every((need) => now.has(need as "edit"))).toBe(true);
  });
});
