import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "@/lib/api";
import { settle, TestClock } from "@/test/clock";
import type { Decision } from "../api";
import { Courier } from "./courier";
import { GridSession } from "./gridSession";
import { type Size, visibleRows } from "./gridView";
import { type Kept, openKept } from "./kept";
import { FakeServer, HAT, makeProject, offline, SHIRT, SHOES } from "./testing";

const open: { courier: Courier; session: GridSession }[] = [];
let databases = 0;
let database: string;
let server: FakeServer;
let clock: TestClock;
let kept: Kept;

beforeEach(() => {
  databases += 1;
  database = `grid-${databases}`;
  clock = new TestClock();
  server = new FakeServer(Array.from({ length: 60 }, (_, place) => place + 1));
});

afterEach(() => {
  for (const { courier, session } of open.splice(0)) {
    session.stop();
    courier.close();
  }
});

/** A page that opens the hats; another one on the same database is what a reload makes. */
async function page(size: Size = 12, api = server): Promise<GridSession> {
  kept = await openKept(database);
  const courier = new Courier({ owner: 1, kept, api, clock });
  await courier.start();
  const session = new GridSession({ project: makeProject(), api, courier, kept, size });
  open.push({ courier, session });
  await session.open({ classId: HAT, min: 0, max: 1 });
  await settle();
  for (const id of range(1, 60)) session.saw(id);
  return session;
}

const shown = (session: GridSession) => visibleRows(session.state).map(({ item }) => item.id);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => from + place);
const told = (at = 0) => server.told[at]?.items.map((one) => [one.item_id, one.kind, one.class_id]) ?? [];

describe("a batch", () => {
  it("is shown with the next one leased already, and none of them twice", async () => {
    const session = await page();
    expect(shown(session)).toEqual(range(1, 12));
    expect(session.state.pool.map(({ item }) => item.id)).toEqual(range(1, 24));
    expect(server.asked[1]).toMatchObject({ most: 12, exclude: range(1, 12) });
  });

  it("of 48 asks for 48 at a time", async () => {
    const session = await page(48);
    expect(session.state.pool).toHaveLength(60);
    expect(server.asked.map(({ most }) => most)).toEqual([48, 48]);
  });

  it("is handed in at once: the marked ones corrected, all others confirmed", async () => {
    const session = await page();
    session.moveTo(2);
    session.toggleWrong();
    session.chooseClassAt(1);
    session.moveBy(1, 0);
    session.chooseClass(SHIRT);
    await session.confirm();
    expect(shown(session)).toEqual(range(13, 24));
    await clock.pass(0);
    expect(told()).toEqual(
      range(1, 12).map((id) => [id, "submit", id === 3 ? SHOES : id === 4 ? SHIRT : HAT]),
    );
    expect(session.courier.batches).toEqual([]);
    expect(session.state.pool.map(({ item }) => item.id)).toEqual(range(13, 36));
  });

  it("asks once about marks without a class, and then sends those back to the queue", async () => {
    const session = await page();
    session.moveTo(4);
    session.toggleWrong();
    session.moveTo(0);
    await session.confirm();
    expect(session.state.asked).toBe(true);
    expect(session.state.cursor).toBe(4);
    expect(shown(session)).toEqual(range(1, 12));
    await session.confirm();
    await clock.pass(0);
    expect(told()[4]).toEqual([5, "postpone", null]);
    expect(told().filter(([, kind]) => kind === "submit")).toHaveLength(11);
  });

  it("confirms nothing that did not load: it asks once, and then sends those back to the queue", async () => {
    const session = await page();
    session.view.setState({ seen: new Set(range(1, 10)) });
    session.moveTo(10);
    session.chooseClass(SHOES);
    await session.confirm();
    expect(session.state.asked).toBe(true);
    expect(session.state.cursor).toBe(11);
    await session.confirm();
    await clock.pass(0);
    expect(told().slice(9)).toEqual([
      [10, "submit", HAT],
      [11, "submit", SHOES],
      [12, "postpone", null],
    ]);
  });

  it("asks anew after something was changed", async () => {
    const session = await page();
    session.toggleWrong();
    await session.confirm();
    session.moveTo(1);
    session.toggleWrong();
    await session.confirm();
    expect(session.state.asked).toBe(true);
    expect(shown(session)).toEqual(range(1, 12));
  });

  it("picks several by the keyboard, from where the picking began, in rows as wide as the page shows them", async () => {
    const session = await page();
    session.view.setState({ columns: 4 });
    session.moveTo(1);
    session.moveBy(0, 1, true);
    session.moveBy(1, 0, true);
    session.chooseClass(SHOES);
    expect(Object.keys(session.state.board.marks).map(Number)).toEqual(range(2, 7));
    session.undo();
    expect(session.state.board.marks).toEqual({});
    session.redo();
    session.escape();
    session.toggleWrong();
    expect(Object.keys(session.state.board.marks).map(Number)).toEqual(range(2, 6));
  });

  it("is marked by clicks, with Shift from the last one to here, and the marked ones stay marked", async () => {
    const session = await page();
    session.click(3, false);
    session.click(6, true);
    expect(Object.keys(session.state.board.marks).map(Number)).toEqual(range(4, 7));
    session.click(6, true);
    expect(Object.keys(session.state.board.marks).map(Number)).toEqual(range(4, 7));
    session.click(3, false);
    expect(Object.keys(session.state.board.marks).map(Number)).toEqual(range(5, 7));
  });

  it("gives one class to all that are marked without one", async () => {
    const session = await page();
    session.click(0, false);
    session.click(5, false);
    session.chooseClass(SHIRT);
    session.click(8, false);
    session.chooseForLacking(SHOES);
    const { marks } = session.state.board;
    expect([marks[1], marks[6], marks[9]]).toEqual([
      { kind: "wrong", classId: SHOES },
      { kind: "wrong", classId: SHIRT },
      { kind: "wrong", classId: SHOES },
    ]);
  });

  it("grows and shrinks without losing a mark", async () => {
    const session = await page();
    session.moveTo(11);
    session.toggleWrong();
    session.resize(1);
    await settle();
    expect(shown(session)).toEqual(range(1, 24));
    session.resize(-1);
    session.resize(-1);
    expect(session.state.size).toBe(12);
    expect(session.state.board.marks[12]).toEqual({ kind: "wrong", classId: null });
  });

  it("ends in an empty page when nothing is left", async () => {
    server.waiting = [1, 2];
    const session = await page();
    await session.confirm();
    await clock.pass(0);
    expect(session.state.phase).toBe("empty");
  });
});

describe("what was marked", () => {
  it("is there after a reload, in the same order, with the way back", async () => {
    const first = await page();
    first.moveTo(2);
    first.chooseClass(SHOES);
    first.moveTo(7);
    first.setMark({ kind: "skip", reason: "quality" });
    await settle();
    server.waiting = [...server.waiting].reverse();
    const second = await page();
    expect(second.state.board.marks).toEqual(first.state.board.marks);
    second.undo();
    expect(Object.keys(second.state.board.marks)).toEqual(["3"]);
  });

  it("is said to be gone where somebody else has the picture now", async () => {
    const first = await page();
    first.moveTo(2);
    first.chooseClass(SHOES);
    await settle();
    server.waiting = server.waiting.filter((id) => id !== 3);
    const second = await page();
    expect(second.state.board.marks).toEqual({});
    expect(second.state.note?.text).toBe("1 marked picture went to somebody else meanwhile.");
  });

  it("comes back although the lease ran out and others wait before it", async () => {
    const first = await page();
    first.moveTo(2);
    first.chooseClass(SHOES);
    await settle();
    const later = new FakeServer(range(1, 60).reverse());
    const second = await page(12, later);
    expect(shown(second)[0]).toBe(3);
    expect(second.state.board.marks).toEqual(first.state.board.marks);
  });

  it("is gone where somebody else answered meanwhile; that picture goes back", async () => {
    const first = await page();
    first.moveTo(2);
    first.chooseClass(SHOES);
    await settle();
    const later = new FakeServer(range(4, 60));
    await later.handIn(7, [{ item_id: 3, class_id: HAT, kind: "submit" } as Decision], "theirs");
    const second = await page(12, later);
    expect(second.state.board.marks).toEqual({});
    expect(later.released).toEqual([3]);
  });

  it("stays the person's when they leave; the rest goes back at once", async () => {
    const session = await page();
    session.moveTo(2);
    session.toggleWrong();
    session.stop();
    expect(server.released).toEqual(range(1, 24).filter((id) => id !== 3));
  });

  it("goes with a picture whose lease was lost, and the page says which", async () => {
    const session = await page();
    session.moveTo(2);
    session.toggleWrong();
    server.lost = [3];
    server.waiting = server.waiting.filter((id) => id !== 3);
    await session.beat();
    expect(shown(session)).not.toContain(3);
    expect(shown(session)).toHaveLength(12);
    expect(session.state.board.marks).toEqual({});
    expect(session.state.note?.tone).toBe("ask");
  });
});

describe("handing in", () => {
  it("is tried again under the same key until the server answers", async () => {
    server.failures.push(offline(), new ApiError(503, "busy", "busy"));
    const session = await page();
    await session.confirm();
    await clock.pass(0);
    expect(session.courier.decided).toEqual(range(1, 12));
    await clock.pass(1000);
    await clock.pass(2000);
    expect(server.told).toHaveLength(3);
    expect(new Set(server.told.map(({ key }) => key)).size).toBe(1);
    expect(session.courier.batches).toEqual([]);
  });

  it("survives a reload in the middle of an outage, and those pictures do not come again", async () => {
    server.failures.push(offline());
    const first = await page();
    await first.confirm();
    await clock.pass(0);
    open.pop()?.courier.close();
    const second = await page();
    expect(shown(second)).toEqual(range(13, 24));
    await clock.pass(0);
    expect(server.told.map(({ key }) => key)).toEqual([server.told[0]?.key, server.told[0]?.key]);
    expect((await kept.batches(1)).length).toBe(0);
  });

  it("waits for a sign-in when the session is gone", async () => {
    server.failures.push(new ApiError(401, "not_authenticated", "sign in"));
    const session = await page();
    await session.confirm();
    await clock.pass(60_000);
    expect(server.told).toHaveLength(1);
    session.courier.signedIn();
    await clock.pass(0);
    expect(server.told).toHaveLength(2);
    expect(session.courier.batches).toEqual([]);
  });

  it("keeps what was not taken until it was seen, also over a reload; the rest is done", async () => {
    server.outcomes.set(2, "lease_lost").set(5, "conflict");
    const session = await page();
    await session.confirm();
    await clock.pass(0);
    const problems = [
      { itemId: 2, outcome: "lease_lost", message: "no" },
      { itemId: 5, outcome: "conflict", message: "no" },
    ];
    expect(session.courier.batches.map((batch) => batch.problems)).toEqual([problems]);
    const again = await page();
    expect(again.courier.batches.map((batch) => batch.problems)).toEqual([problems]);
    await again.courier.dismiss(again.courier.batches[0]?.key ?? "");
    expect(await kept.batches(1)).toEqual([]);
    await clock.pass(60_000);
    expect(server.told).toHaveLength(1);
  });

  it("that came too late is sent as a suggestion; what is not taken stays with the reason", async () => {
    server.outcomes.set(2, "lease_lost").set(5, "conflict").set(7, "lease_lost");
    server.refusing.add(7);
    const session = await page();
    await session.confirm();
    await clock.pass(0);
    const { courier } = session;
    expect(await courier.suggest(courier.batches[0]?.key ?? "")).toBe(1);
    expect(server.suggested.map(({ item_id, class_id }) => [item_id, class_id])).toEqual([
      [2, HAT],
      [7, HAT],
    ]);
    const left = [
      { itemId: 5, outcome: "conflict", message: "no" },
      { itemId: 7, outcome: "refused", message: "gone" },
    ];
    expect(courier.batches[0]?.problems).toEqual(left);
    expect((await kept.batches(1))[0]?.problems).toEqual(left);
  });

  it("of a class on a picture that was taken away before can be suggested too; a mark without one is gone", async () => {
    const session = await page();
    session.moveTo(2);
    session.chooseClass(SHOES);
    session.moveTo(3);
    session.toggleWrong();
    server.lost = [3, 4];
    server.waiting = server.waiting.filter((id) => id > 4);
    await session.beat();
    const [late] = session.courier.batches;
    expect(late?.problems).toEqual([{ itemId: 3, outcome: "lease_lost", message: "" }]);
    expect(await session.courier.suggest(late?.key ?? "")).toBe(1);
    expect(server.suggested).toMatchObject([{ item_id: 3, class_id: SHOES }]);
    expect(session.courier.batches).toEqual([]);
  });

  it("of a batch that is refused whole says so of each picture", async () => {
    server.failures.push(new ApiError(403, "forbidden", "you may not"));
    const session = await page();
    await session.confirm();
    await clock.pass(0);
    expect(session.courier.batches[0]?.problems).toHaveLength(12);
  });

  it("can be looked at again: only what is changed is sent, under the new revision", async () => {
    const session = await page();
    session.moveTo(1);
    session.chooseClass(SHOES);
    await session.confirm();
    await clock.pass(0);
    await session.openAgain();
    expect(shown(session)).toEqual(range(1, 12));
    session.moveTo(1);
    session.chooseClass(SHIRT);
    session.moveTo(0);
    session.chooseClass(HAT);
    server.released.length = 0;
    await session.confirm();
    await clock.pass(0);
    expect(told(1)).toEqual([[2, "submit", SHIRT]]);
    expect(server.told[1]?.items[0]?.revision).toBe(1);
    expect(server.released).toEqual(range(1, 12).filter((id) => id !== 2));
    expect(shown(session)).toEqual(range(13, 24));
  });
});
