import { describe, expect, it } from "vitest";
import {
  decisionsOf,
  EMPTY_BOARD,
  forget,
  giveClass,
  lacking,
  redo,
  setMark,
  summarize,
  toggleWrong,
  undo,
} from "./marks";
import { HAT, row, SHIRT, SHOES } from "./testing";

const rows = [row(1), row(2), row(3)];
const seen = new Set([1, 2, 3, 4, 5]);
const wrong = (classId: number | null) => ({ kind: "wrong", classId });

describe("marks", () => {
  it("go on with the first press and off with the second", () => {
    const once = toggleWrong(EMPTY_BOARD, [1, 2]);
    expect(once.marks).toEqual({ 1: wrong(null), 2: wrong(null) });
    expect(toggleWrong(once, [1, 2]).marks).toEqual({});
  });

  it("of a mixed pick go on: what has a class keeps it", () => {
    const given = giveClass(EMPTY_BOARD, [row(1)], SHOES);
    expect(toggleWrong(given, [1, 2]).marks).toEqual({ 1: wrong(SHOES), 2: wrong(null) });
  });

  it("go away when a picture is given the class that it has anyway", () => {
    const board = toggleWrong(EMPTY_BOARD, [1, 2]);
    expect(giveClass(board, rows.slice(0, 2), HAT).marks).toEqual({});
    // Handed in before as shoes: now the guess is the change.
    const answered = row(1, { answer: SHOES });
    expect(giveClass(EMPTY_BOARD, [answered], HAT).marks).toEqual({ 1: wrong(HAT) });
    expect(giveClass(EMPTY_BOARD, [answered], SHOES).marks).toEqual({});
  });

  it("can be taken back one by one and put on again, until something new is said", () => {
    const first = toggleWrong(EMPTY_BOARD, [1]);
    const second = giveClass(first, [row(1)], SHIRT);
    expect(undo(second).marks).toEqual(first.marks);
    expect(undo(undo(second)).marks).toEqual({});
    expect(undo(undo(undo(second))).marks).toEqual({});
    expect(redo(undo(second)).marks).toEqual(second.marks);
    const other = toggleWrong(undo(second), [2]);
    expect(redo(other)).toBe(other);
  });

  it("that change nothing are no step to take back", () => {
    const board = giveClass(EMPTY_BOARD, [row(1)], SHOES);
    expect(giveClass(board, [row(1)], SHOES)).toBe(board);
  });

  it("of pictures that left are gone from every step", () => {
    const board = toggleWrong(toggleWrong(EMPTY_BOARD, [1]), [2]);
    const left = forget(board, [1]);
    expect(left.marks).toEqual({ 2: wrong(null) });
    expect(undo(left).marks).toEqual({});
  });

  it("are counted by what they lead to", () => {
    let board = toggleWrong(EMPTY_BOARD, [1]);
    board = giveClass(board, [row(2)], SHOES);
    board = setMark(board, [3], { kind: "skip", reason: "quality" });
    board = setMark(board, [4], { kind: "later" });
    const all = [...rows, row(4), row(5)];
    expect(summarize(board, all, seen)).toEqual({ confirmed: 1, corrected: 1, back: 2, passed: 1 });
    expect(summarize(board, all, new Set())).toEqual({ confirmed: 0, corrected: 1, back: 3, passed: 1 });
    expect(lacking(board, all).map(({ item }) => item.id)).toEqual([1]);
  });

  it("become one decision for each picture", () => {
    let board = giveClass(EMPTY_BOARD, [row(2)], SHOES);
    board = toggleWrong(board, [3]);
    board = setMark(board, [4], { kind: "report", reason: "torn" });
    const all = [...rows, row(4)];
    const told = decisionsOf(board, all, seen, 4001).map((one) => [one.kind, one.class_id, one.reason]);
    expect(told).toEqual([
      ["submit", HAT, ""],
      ["submit", SHOES, ""],
      ["postpone", null, ""],
      ["report", null, "torn"],
    ]);
    expect(decisionsOf(board, all, seen, 4001)[0]).toMatchObject({
      ...{ item_id: 1, lease_token: "lease-1", revision: 0, prediction_id: 1001, duration_ms: 1000 },
    });
  });
});
