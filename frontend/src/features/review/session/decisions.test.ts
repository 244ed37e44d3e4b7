import { afterEach, describe, expect, it } from "vitest";
import { Outbox } from "@/outbox/outbox";
import { MemoryStorage } from "@/outbox/storage";
import { lacking } from "./lacking";
import { ReviewSession } from "./reviewSession";
import { asPictures, FakePictures, FakeServer, KNOWN, makeProject, settle } from "./testing";

let server: FakeServer;
let session: ReviewSession;

async function start(project = makeProject()): Promise<void> {
  server = new FakeServer([1, 2]);
  const outbox = new Outbox({ owner: 1, storage: new MemoryStorage(), transport: server });
  session = new ReviewSession({ project, api: server, outbox, pictures: asPictures(new FakePictures()) });
  session.start(null);
  await settle();
}

const view = () => session.view.getState();
const doc = () => session.document.doc;
afterEach(() => {
  session.stop();
  session.outbox.close();
});

describe("accepting all at once", () => {
  it("is off, with its reason, until it is known how often such guesses are right", async () => {
    await start();
    session.acceptAll();
    expect(view().note?.text).toContain("how often guesses from 25 % on are right is not known");
    expect(lacking(session).has("measured")).toBe(true);
    session.setEstimate({ accept: null, n: 19, curve: [{ threshold: 0.3, precision: 1, kept: 1 }] });
    session.acceptAll();
    expect(view().note?.text).toContain("known of 19 reviewed guesses, 20 are needed");
    expect(doc().regions.p2?.state).toBe("pending");
    session.setEstimate(KNOWN);
    expect(lacking(session).has("measured")).toBe(false);
    session.moveThreshold(-0.05);
    session.acceptAll();
    expect(view().note?.text).toContain("never measured");
    session.moveThreshold(0.05);
    session.acceptAll();
    expect(view().note).toMatchObject({ text: "Accepted 1", undo: true });
  });
});

describe("a submit with guesses that nobody looked at", () => {
  it("stays where the project wants a decision about each, however often Enter is pressed", async () => {
    await start(makeProject({ submit_unchecked: false }));
    for (let press = 0; press < 2; press += 1) {
      session.submit();
      await settle();
      expect(view().note?.text).toBe("1 not looked at. This project wants a decision about each.");
    }
    expect(session.document.state.selectedId).toBe("p2");
    expect(server.submits).toEqual([]);
    session.acceptSelected();
    session.submit();
    await settle();
    expect(server.submits).toHaveLength(1);
  });

  it("follows the setting as it is changed while the page is open", async () => {
    await start(makeProject({ submit_unchecked: false }));
    session.submit();
    await settle();
    session.projectChanged(makeProject());
    session.submit();
    await settle();
    expect(server.submits).toHaveLength(1);
  });

  it("is not let through by taking a lost lease back", async () => {
    await start(makeProject({ submit_unchecked: false }));
    session.view.setState({ leaseLost: true, readOnly: true });
    session.sendMyChanges();
    await settle();
    expect(server.submits).toEqual([]);
    expect(view()).toMatchObject({ itemId: 1, leaseLost: false });
  });
});
