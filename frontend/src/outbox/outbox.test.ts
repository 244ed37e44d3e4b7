import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeWork, truth } from "@/document/testing";
import { ApiError, type Work } from "@/lib/api";
import { settle, TestClock } from "@/test/clock";
import { retryDelay } from "./clock";
import type { Entry, NewEntry } from "./entry";
import { Outbox, type OutboxListener } from "./outbox";
import { pillOf } from "./pill";
import { openStorage } from "./storage";

const box = (x: number) => truth("a", [x, 0, 50, 50]);
const draft = (x: number, change: Partial<NewEntry> = {}): NewEntry => ({
  projectId: 1,
  itemId: 1,
  itemName: "1.jpg",
  revision: 3,
  leaseToken: "lease-1",
  base: [box(0)],
  document: { objects: [box(x)] },
  ...change,
});
const submitted = { revision: 4, state: "reviewed" };
const refused = (status: number, code: string, details = {}) => new ApiError(status, code, code, details);

let names = 0;
let clock: TestClock;
let transport: ReturnType<typeof makeTransport>;
let database: string;
const open: Outbox[] = [];

function makeTransport() {
  return {
    draft: vi.fn<(entry: Entry, keepalive: boolean) => Promise<void>>(async () => {}),
    submit: vi.fn<(entry: Entry) => Promise<typeof submitted>>(async () => submitted),
    skip: vi.fn<(entry: Entry) => Promise<void>>(async () => {}),
    report: vi.fn<(entry: Entry) => Promise<void>>(async () => {}),
    postpone: vi.fn<(entry: Entry) => Promise<void>>(async () => {}),
    suggest: vi.fn<(entry: Entry) => Promise<void>>(async () => {}),
    open: vi.fn<(itemId: number) => Promise<Work>>(async (itemId) =>
      makeWork({ lease: { token: "lease-2", until: "" } }, itemId),
    ),
  };
}

async function makeOutbox(listener: OutboxListener = {}, owner = 1): Promise<Outbox> {
  const outbox = new Outbox({ owner, storage: await openStorage(database), transport, clock, listener });
  open.push(outbox);
  await outbox.start();
  return outbox;
}

const sentBoxes = (mock: { mock: { calls: [Entry, ...unknown[]][] } }) =>
  mock.mock.calls.map(([entry]) => entry.document?.objects[0]?.bbox?.[0]);
const pill = (outbox: Outbox, online = true) => pillOf(outbox.store.getState(), online).name;

beforeEach(() => {
  names += 1;
  database = `outbox-${names}`;
  clock = new TestClock();
  transport = makeTransport();
});

afterEach(() => {
  for (const outbox of open.splice(0)) outbox.close();
});

describe("drafts", () => {
  it("are sent 800 ms after the last change, once", async () => {
    const outbox = await makeOutbox();
    for (const x of [1, 2, 3]) {
      await outbox.saveDraft(draft(x));
      await clock.pass(500);
    }
    expect(transport.draft).not.toHaveBeenCalled();
    expect(pill(outbox)).toBe("saving");
    await clock.pass(300);
    expect(sentBoxes(transport.draft)).toEqual([3]);
    expect(pill(outbox)).toBe("saved");
  });

  it("never wait longer than 5 s, however busy the hand", async () => {
    const outbox = await makeOutbox();
    for (let step = 0; step < 12; step += 1) {
      await outbox.saveDraft(draft(step));
      await clock.pass(500);
    }
    expect(transport.draft).toHaveBeenCalledTimes(1);
  });

  it("are in the database before anything is sent, and survive a reload", async () => {
    const first = await makeOutbox();
    await first.saveDraft(draft(7));
    first.close();
    const second = await makeOutbox();
    expect(second.entryOf(1)?.document?.objects).toEqual([box(7)]);
    await clock.pass(10);
    expect(sentBoxes(transport.draft)).toEqual([7]);
  });

  it("a change made while one is on its way is sent after it", async () => {
    let finish: () => void = () => {};
    transport.draft.mockImplementationOnce(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    const outbox = await makeOutbox();
    await outbox.saveDraft(draft(1));
    await clock.pass(800);
    await outbox.saveDraft(draft(2));
    await clock.pass(3000);
    expect(sentBoxes(transport.draft)).toEqual([1]);
    finish();
    await settle();
    await clock.pass(10);
    expect(sentBoxes(transport.draft)).toEqual([1, 2]);
    expect(outbox.entries).toEqual([]);
  });

  it("of another person on this browser stay theirs", async () => {
    const hers = await makeOutbox();
    await hers.saveDraft(draft(1));
    hers.close();
    const his = await makeOutbox({}, 2);
    await clock.pass(5000);
    expect(his.entries).toEqual([]);
    expect(transport.draft).not.toHaveBeenCalled();
  });
});

describe("submitting", () => {
  it("goes out at once, takes the draft's place, and tells the listener", async () => {
    const told = vi.fn();
    const outbox = await makeOutbox({ submitted: told });
    await outbox.saveDraft(draft(1));
    await outbox.submit(draft(2, { durationMs: 1500 }));
    await clock.pass(0);
    expect(transport.draft).not.toHaveBeenCalled();
    expect(transport.submit).toHaveBeenCalledTimes(1);
    expect(told.mock.calls[0]?.[1]).toEqual(submitted);
    expect(outbox.entries).toEqual([]);
    await clock.pass(60_000);
    expect(transport.submit).toHaveBeenCalledTimes(1);
  });

  it("without a network is tried again with growing pauses and the same key", async () => {
    transport.submit.mockRejectedValueOnce(refused(0, "offline")).mockRejectedValueOnce(refused(503, "busy"));
    const outbox = await makeOutbox();
    await outbox.submit(draft(2));
    await clock.pass(0);
    expect(pill(outbox)).toBe("waiting");
    expect(pillOf(outbox.store.getState(), false)).toEqual({ name: "waiting", count: 1 });
    await clock.pass(999);
    expect(transport.submit).toHaveBeenCalledTimes(1);
    await clock.pass(1);
    expect(transport.submit).toHaveBeenCalledTimes(2);
    await clock.pass(2000);
    expect(transport.submit).toHaveBeenCalledTimes(3);
    expect(new Set(transport.submit.mock.calls.map(([entry]) => entry.idempotencyKey)).size).toBe(1);
    expect(pill(outbox)).toBe("saved");
  });

  it("pauses grow to a minute, never beyond", () => {
    expect([1, 2, 3, 7, 50].map((attempts) => retryDelay(attempts, 1))).toEqual([
      1000, 2000, 4000, 60_000, 60_000,
    ]);
    expect(retryDelay(1, 0)).toBe(500);
  });

  it("waits for a sign-in when the session is gone, and then goes on", async () => {
    transport.submit.mockRejectedValueOnce(refused(401, "not_authenticated"));
    const outbox = await makeOutbox();
    await outbox.submit(draft(2));
    await clock.pass(120_000);
    expect(transport.submit).toHaveBeenCalledTimes(1);
    expect(pill(outbox)).toBe("signin");
    outbox.signedIn();
    await clock.pass(0);
    expect(transport.submit).toHaveBeenCalledTimes(2);
    expect(pill(outbox)).toBe("saved");
  });

  it("with a lost lease is kept until the person sends it again under a new one", async () => {
    transport.submit.mockRejectedValueOnce(refused(409, "lease_lost"));
    const leaseLost = vi.fn();
    const outbox = await makeOutbox({ leaseLost });
    await outbox.submit(draft(2));
    await clock.pass(60_000);
    expect(leaseLost).toHaveBeenCalledWith(1);
    expect(transport.submit).toHaveBeenCalledTimes(1);
    expect(pill(outbox)).toBe("conflict");
    await outbox.sendAgain(1);
    await clock.pass(0);
    expect(transport.submit.mock.calls[1]?.[0]).toMatchObject({ leaseToken: "lease-2", revision: 3 });
    expect(pill(outbox)).toBe("saved");
  });

  it("of a stale revision merges by region id and goes out again", async () => {
    transport.submit.mockRejectedValueOnce(refused(412, "stale_revision"));
    const theirs = truth("z", [60, 60, 90, 90]);
    const work = makeWork({ annotation: { revision: 5, objects: [box(0), theirs] as never } });
    transport.open.mockResolvedValue({ ...work, item: { ...work.item, revision: 5 } });
    const outbox = await makeOutbox();
    await outbox.submit(draft(2));
    await clock.pass(0);
    await clock.pass(0);
    const second = transport.submit.mock.calls[1]?.[0];
    expect(second).toMatchObject({ revision: 5, document: { objects: [box(2), theirs] } });
    expect(second?.idempotencyKey).not.toBe(transport.submit.mock.calls[0]?.[0].idempotencyKey);
  });

  it("of a region that both changed keeps both and waits for a person", async () => {
    transport.submit.mockRejectedValueOnce(refused(412, "stale_revision"));
    const work = makeWork({ annotation: { revision: 5, objects: [box(9)] as never } });
    transport.open.mockResolvedValue({ ...work, item: { ...work.item, revision: 5 } });
    const stuck = vi.fn();
    const outbox = await makeOutbox({ stuck });
    await outbox.submit(draft(2));
    await clock.pass(60_000);
    expect(transport.submit).toHaveBeenCalledTimes(1);
    expect(stuck).toHaveBeenCalledTimes(1);
    expect(outbox.entryOf(1)).toMatchObject({
      status: "conflict",
      revision: 5,
      needsCheck: ["a", "a-theirs"],
    });
    expect(pill(outbox)).toBe("conflict");
  });

  it("of an invalid document keeps it and says where it is wrong", async () => {
    transport.submit.mockRejectedValueOnce(refused(422, "invalid_document", { path: "objects[0].bbox" }));
    const outbox = await makeOutbox();
    await outbox.submit(draft(2));
    await clock.pass(60_000);
    expect(outbox.entryOf(1)).toMatchObject({
      status: "refused",
      problem: { code: "invalid_document", path: "objects[0].bbox" },
    });
    expect(JSON.parse(outbox.exportJson()).entries[0].document.objects).toEqual([box(2)]);
  });

  it("can be taken back as long as it has not left", async () => {
    transport.submit.mockRejectedValueOnce(refused(0, "offline"));
    const outbox = await makeOutbox();
    await outbox.submit(draft(2));
    await clock.pass(0);
    expect((await outbox.withdraw(1))?.document?.objects).toEqual([box(2)]);
    await clock.pass(60_000);
    expect(transport.submit).toHaveBeenCalledTimes(1);
    expect(await outbox.withdraw(1)).toBeNull();
  });

  it("survives a reload in the middle of an outage", async () => {
    transport.submit.mockRejectedValueOnce(refused(0, "offline"));
    const first = await makeOutbox();
    await first.submit(draft(2));
    await clock.pass(0);
    first.close();
    await makeOutbox();
    await clock.pass(0);
    expect(transport.submit).toHaveBeenCalledTimes(2);
  });

  it("of different items does not wait for one another; of one item there is one request at a time", async () => {
    const finish: (() => void)[] = [];
    transport.submit.mockImplementation(
      () => new Promise((resolve) => finish.push(() => resolve(submitted))),
    );
    const outbox = await makeOutbox();
    await outbox.submit(draft(1, { itemId: 1 }));
    await outbox.submit(draft(1, { itemId: 2 }));
    await clock.pass(0);
    expect(transport.submit).toHaveBeenCalledTimes(2);
    await outbox.saveDraft(draft(5, { itemId: 1 }));
    await clock.pass(2000);
    expect(transport.draft).not.toHaveBeenCalled();
    for (const done of finish) done();
    await settle();
    await clock.pass(10);
    expect(transport.draft).toHaveBeenCalledTimes(1);
  });
});

describe("a suggestion", () => {
  it("leaves this place only when the server has it, whatever stood in its way before", async () => {
    const outbox = await makeOutbox();
    transport.draft.mockRejectedValueOnce(refused(409, "lease_lost"));
    await outbox.saveDraft(draft(1));
    await clock.pass(1000);
    expect(outbox.entries[0]?.status).toBe("lease_lost");
    transport.suggest.mockRejectedValueOnce(refused(0, "offline"));
    await expect(outbox.suggest(1)).rejects.toMatchObject({ code: "offline" });
    expect(outbox.entries).toHaveLength(1);
    await outbox.suggest(1);
    expect(transport.suggest.mock.calls[1]?.[0].document?.objects).toEqual([box(1)]);
    expect(outbox.entries).toEqual([]);
  });
});
