import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { truth } from "@/document/testing";
import { Outbox } from "@/outbox/outbox";
import { MemoryStorage } from "@/outbox/storage";
import { ReviewSession } from "./reviewSession";
import { asPictures, FakePictures, FakeServer, KNOWN, makeProject, refusal, settle } from "./testing";

let server: FakeServer;
let pictures: FakePictures;
let outbox: Outbox;
let session: ReviewSession;

async function start(
  waiting: number[],
  itemId: number | null = null,
  project = makeProject(),
): Promise<void> {
  server = new FakeServer(waiting);
  pictures = new FakePictures();
  outbox = new Outbox({ owner: 1, storage: new MemoryStorage(), transport: server });
  session = new ReviewSession({ project, api: server, outbox, pictures: asPictures(pictures) });
  session.start(itemId);
  session.setEstimate(KNOWN);
  await settle();
}

const view = () => session.view.getState();
const doc = () => session.document.doc;

beforeEach(() => start([1, 2, 3, 4]));
afterEach(() => {
  localStorage.clear();
  session.stop();
  outbox.close();
});

describe("opening and going on", () => {
  it("opens the first item, selects the first region to check, and fetches three ahead with their pictures", () => {
    expect(view()).toMatchObject({
      phase: "working",
      itemId: 1,
      position: 1,
      total: 4,
      image: { name: "ready" },
    });
    expect(session.document.state.selectedId).toBe("p2");
    expect(server.asked.map((options) => options.prefetch ?? false)).toEqual([false, true, true, true]);
    expect(server.asked[2]?.exclude).toEqual([2, 1]);
    expect(pictures.loaded).toEqual([1, 2, 3, 4]);
  });

  it("the first Enter says what was not looked at, the second submits, and the next item needs no request", async () => {
    session.submit();
    await settle();
    expect(view().note?.text).toBe("1 not looked at. Enter again submits it as shown.");
    expect(server.submits).toEqual([]);
    const asked = server.asked.length;
    session.submit();
    await Promise.resolve();
    await Promise.resolve();
    await settle();
    expect(view()).toMatchObject({ itemId: 2, position: 2, total: 4, image: { name: "ready" } });
    expect(server.submits[0]?.document?.objects.map((object) => object.id)).toEqual(["p1", "p2"]);
    expect(server.asked.slice(asked).every((options) => options.prefetch)).toBe(true);
  });

  it("with everything checked one Enter is enough", async () => {
    session.acceptSelected();
    session.submit();
    await settle();
    expect(view().itemId).toBe(2);
    expect(server.submits).toHaveLength(1);
  });

  it("an item still on its way to the server is never asked for again", async () => {
    server.failures.submit = [refusal(0, "offline")];
    session.acceptAll();
    session.submit();
    await settle();
    const last = server.asked.at(-1);
    expect(last?.exclude).toContain(1);
  });

  it("the end of the queue shows the person's own numbers, and the last item can be taken up again", async () => {
    for (let item = 0; item < 4; item += 1) {
      session.acceptAll();
      session.submit();
      await settle();
    }
    expect(view()).toMatchObject({ phase: "empty", doneByMe: { items: 2, median_ms: 900 } });
    session.previousItem();
    await settle();
    expect(view()).toMatchObject({ phase: "working", itemId: 4 });
  });

  it("an item named in the address is opened", async () => {
    session.stop();
    await start([1, 2], 9);
    expect(view()).toMatchObject({ itemId: 9, phase: "working" });
  });

  it("leases held ahead are given back when the page is left", async () => {
    session.stop();
    await settle();
    expect(server.released).toEqual([2, 3, 4]);
  });
});

describe("looking back", () => {
  it("the previous item comes back as it was submitted; submitting again returns to the one left behind", async () => {
    session.rejectSelected();
    session.submit();
    await settle();
    session.previousItem();
    await settle();
    expect(view().itemId).toBe(1);
    expect(doc().regions.p2?.state).toBe("rejected");
    session.select("p1");
    session.chooseClass(2);
    session.submit();
    await settle();
    expect(view().itemId).toBe(2);
    expect(server.submits[1]).toMatchObject({ itemId: 1, revision: 4 });
    expect(server.submits[1]?.document?.objects).toMatchObject([{ id: "p1", class_id: 2, origin: "edited" }]);
  });

  it("a submit that has not left yet is taken back", async () => {
    server.failures.submit = [refusal(0, "offline")];
    server.failures.open = [refusal(0, "offline")];
    session.rejectSelected();
    session.submit();
    await settle();
    session.previousItem();
    await settle();
    expect(view().itemId).toBe(1);
    expect(doc().regions.p2?.state).toBe("rejected");
    expect(server.submits).toEqual([]);
  });
});

describe("when the server says no", () => {
  it("a lost lease makes the item read-only, and the changes can still be sent", async () => {
    server.failures.draft = [refusal(409, "lease_lost")];
    session.acceptSelected();
    await settle();
    outbox.retryNow();
    await settle();
    expect(view()).toMatchObject({ leaseLost: true, readOnly: true });
    session.select("p1");
    session.rejectSelected();
    expect(doc().regions.p1?.state).toBe("accepted");
    session.sendMyChanges();
    await settle();
    expect(server.submits).toHaveLength(1);
    expect(view().itemId).toBe(2);
    expect(outbox.entries).toEqual([]);
  });

  it("an item that somebody else submitted is merged in place, as a step that can be undone", async () => {
    const theirs = [truth("p1", [10, 10, 44, 30], 1, "p1"), truth("m-x", [150, 50, 180, 90], 2)];
    const work = server.work(1);
    server.works.set(1, {
      ...work,
      item: { ...work.item, revision: 4 },
      annotation: { revision: 4, objects: theirs as never },
    });
    server.failures.draft = [refusal(412, "stale_revision")];
    session.acceptSelected();
    session.setBox("p1", [12, 10, 30, 30]);
    await settle();
    outbox.retryNow();
    await settle();
    expect(view().work?.item.revision).toBe(4);
    expect(doc().regions["m-x"]?.state).toBe("manual");
    expect([doc().regions.p1?.needsCheck, doc().regions["p1-theirs"]?.needsCheck]).toEqual([true, true]);
    // They handed it in without p2, which was only accepted here, not changed.
    expect(doc().regions.p2?.state).toBe("rejected");
    expect(view()).toMatchObject({ dialog: "conflict", conflicts: [{ id: "p1", twinId: "p1-theirs" }] });
    session.settleConflicts(new Map([["p1", "theirs"]]));
    expect(view()).toMatchObject({ dialog: null, conflicts: [] });
    expect(doc().regions.p1).toMatchObject({ bbox: [10, 10, 44, 30], needsCheck: false });
    expect(doc().regions["p1-theirs"]).toBeUndefined();
    session.undo();
    expect(doc().regions["p1-theirs"]?.needsCheck).toBe(true);
    session.undo();
    expect(doc().regions["m-x"]).toBeUndefined();
  });

  it("what only the other changed is taken without a question, also of a guess that was certain", async () => {
    const work = server.work(1);
    server.works.set(1, {
      ...work,
      item: { ...work.item, revision: 4 },
      annotation: { revision: 4, objects: [truth("p1", [10, 10, 44, 30], 1, "p1")] as never },
    });
    server.failures.draft = [refusal(412, "stale_revision")];
    session.acceptSelected();
    await settle();
    outbox.retryNow();
    await settle();
    expect(view()).toMatchObject({ dialog: null, conflicts: [] });
    expect(doc().regions.p1).toMatchObject({ bbox: [10, 10, 44, 30], needsCheck: false });
  });

  it("work on an item that is somebody else's goes to them as a suggestion, and stays here until it is there", async () => {
    server.failures.draft = [refusal(409, "lease_lost")];
    session.acceptSelected();
    await settle();
    outbox.retryNow();
    await settle();
    server.failures.suggest = [refusal(0, "offline")];
    session.suggestMyChanges();
    await settle();
    expect(view().itemId).toBe(1);
    expect(outbox.entries).toHaveLength(1);
    session.suggestMyChanges();
    await settle();
    expect(server.suggested).toHaveLength(1);
    expect(server.suggested[0]?.document?.objects.map((object) => object.id)).toEqual(["p1", "p2"]);
    expect(view().itemId).toBe(2);
    expect(outbox.entries).toEqual([]);
  });

  it("a class taken away under the page is told, and its regions get another in one step", () => {
    const { classes } = makeProject();
    session.projectChanged(makeProject({ classes: classes.filter((label) => label.id !== 2) }));
    expect(view().vanished.map((label) => label.id)).toEqual([2]);
    session.mapClasses(new Map([[2, 3]]));
    expect(doc().regions.p2).toMatchObject({ classId: 3, state: "pending" });
    session.projectChanged(makeProject());
    expect(view().vanished).toEqual([]);
  });

  it("a picture that cannot be shown is not submitted blindly, and can be reported", async () => {
    session.stop();
    await start([]);
    server.waiting = [1, 2];
    pictures.broken.add(1);
    await session.next();
    await settle();
    expect(view().image).toMatchObject({ name: "broken", message: "cannot be decoded" });
    session.acceptAll();
    session.submit();
    await settle();
    expect(server.submits).toEqual([]);
    session.report("cannot be shown");
    await settle();
    expect(server.skips[0]).toMatchObject({ itemId: 1, kind: "report", reason: "cannot be shown" });
    expect(view().itemId).toBe(2);
  });

  it("a queue that cannot be asked says so and can be asked again", async () => {
    session.stop();
    await start([]);
    server.failures.next = [refusal(503, "busy")];
    await session.next();
    expect(view()).toMatchObject({ phase: "failed", problem: "busy" });
    server.waiting = [5];
    await session.next();
    expect(view()).toMatchObject({ phase: "working", itemId: 5 });
  });
});

describe("thresholds and drawing", () => {
  it("the slider hides and shows guesses that nobody touched", () => {
    session.setShow(0.1);
    expect(session.unchecked().map((region) => region.id)).toEqual(["p2", "p3"]);
    session.setShow(0.6);
    expect(session.unchecked()).toEqual([]);
    session.moveThreshold(-0.15);
    expect(view().thresholds.show).toBe(0.45);
  });

  it("a box drawn over a guess of the same class offers to correct the guess instead, by a key", () => {
    session.select(null);
    session.chooseClass(2);
    session.drawBox([51, 11, 80, 40]);
    expect(view().note).toMatchObject({ offer: "correctInstead" });
    expect(doc().order).toHaveLength(4);
    session.correctInstead();
    expect(doc().order).toHaveLength(3);
    expect(doc().regions.p2).toMatchObject({ state: "edited", bbox: [51, 11, 80, 40] });
    expect(session.document.state.selectedId).toBe("p2");
    session.undo();
    expect(doc().order).toHaveLength(4);
    session.drawBox([120, 60, 150, 90]);
    expect(view().note?.offer ?? null).toBeNull();
    expect(session.document.state.selectedId).toMatch(/^m-/);
  });

  it("several picked regions get their class, or go, in one step", () => {
    session.setShow(0.05);
    session.setOrder("reading");
    session.select("p1");
    session.togglePick();
    session.step(1, "any");
    session.step(1, "any");
    expect([...view().picked]).toEqual(["p1", "p2", "p3"]);
    session.chooseClassAt(2);
    expect(Object.values(doc().regions).map((region) => region.classId)).toEqual([3, 3, 3]);
    expect(view()).toMatchObject({ note: { undo: true }, picked: new Set() });
    session.undo();
    expect(doc().regions.p1).toMatchObject({ classId: 1, state: "accepted" });
    session.pick(["p2", "p3"], "p3");
    session.rejectSelected();
    expect([doc().regions.p2?.state, doc().regions.p3?.state]).toEqual(["rejected", "rejected"]);
    session.undo();
    expect(session.unchecked()).toHaveLength(2);
  });

  it("Esc lets a group go before anything else, and a plain click does", () => {
    session.pick(["p1", "p2"], "p1");
    session.escape();
    expect([view().picked.size, session.document.state.selectedId]).toEqual([0, "p1"]);
    session.pick(["p1", "p2"], "p1");
    session.select("p2");
    expect(view().picked.size).toBe(0);
  });

  it("the check order is the person's choice, and is remembered", async () => {
    session.setShow(0.05);
    expect(session.unchecked().map((region) => region.id)).toEqual(["p2", "p3"]);
    session.switchOrder();
    expect(view().order).toBe("reading");
    session.stop();
    await start([1]);
    expect(view().order).toBe("reading");
    session.setOrder("margin");
  });

  it("in the list of changes J and K walk the changes, and R restores", () => {
    session.select("p1");
    session.rejectSelected();
    session.drawBox([120, 60, 150, 90]);
    session.toggleDiff();
    const walked = [1, 1].map((by) => {
      session.step(by as 1, "unchecked");
      return session.document.state.selectedId;
    });
    expect(new Set(walked).size).toBe(2);
    expect(walked).toContain("p1");
    session.select("p1");
    session.restoreSelected();
    expect(doc().regions.p1?.state).toBe("pending");
    session.escape();
    expect(view().diff).toBe(false);
  });

  it("J and K walk over what is to check, Shift over everything that stays", () => {
    session.setShow(0.05);
    session.setOrder("reading");
    session.select("p1");
    const walked = [1, 1, 1].map((by) => {
      session.step(by as 1, "unchecked");
      return session.document.state.selectedId;
    });
    expect(walked).toEqual(["p2", "p3", "p2"]);
    session.select("p2");
    session.rejectSelected();
    session.select("p1");
    session.step(1, "any");
    expect(session.document.state.selectedId).toBe("p3");
    session.step(-1, "any");
    expect(session.document.state.selectedId).toBe("p1");
  });

  it("a class chosen for a checked-off region moves on to the next to check", () => {
    session.setShow(0.05);
    session.select("p2");
    session.chooseClassAt(0);
    expect(doc().regions.p2).toMatchObject({ classId: 1, state: "edited" });
    expect(session.document.state.selectedId).toBe("p3");
  });
});
