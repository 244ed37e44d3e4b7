import type { Decision, GridRow } from "../api";

/** What a person says of a picture whose class is not as predicted; a picture without a mark is confirmed. */
export type Mark =
  | { readonly kind: "wrong"; readonly classId: number | null }
  | { readonly kind: "later" }
  | { readonly kind: "skip" | "report"; readonly reason: string };

export type Marks = Readonly<Record<number, Mark>>;

/** Pictures that were loaded: nobody can have looked at the others. */
export type Seen = ReadonlySet<number>;

/** The marks of the pictures in hand by item, and the way back and forth between earlier ones. */
export interface Board {
  readonly marks: Marks;
  readonly past: readonly Marks[];
  readonly future: readonly Marks[];
}

export const EMPTY_BOARD: Board = { marks: {}, past: [], future: [] };
const REMEMBERED = 200;

function sameMarks(one: Marks, other: Marks): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function changed(board: Board, marks: Marks): Board {
  if (sameMarks(board.marks, marks)) return board;
  return { marks, past: [...board.past, board.marks].slice(-REMEMBERED), future: [] };
}

function without(marks: Marks, ids: readonly number[]): Marks {
  const gone = new Set(ids.map(String));
  return Object.fromEntries(Object.entries(marks).filter(([id]) => !gone.has(id)));
}

export function setMark(board: Board, ids: readonly number[], mark: Mark): Board {
  return changed(board, { ...board.marks, ...Object.fromEntries(ids.map((id) => [id, mark])) });
}

/** Marks pictures as wrong; when all of them are marked already, they are right after all. */
export function toggleWrong(board: Board, ids: readonly number[]): Board {
  const unmarked = ids.filter((id) => board.marks[id] === undefined);
  if (unmarked.length === 0) return changed(board, without(board.marks, ids));
  return setMark(board, unmarked, { kind: "wrong", classId: null });
}

/** The class that counts where nothing is marked; null where nobody has said one yet. */
export function classOf(row: GridRow): number | null {
  if (row.answer !== null) return row.answer;
  return row.item.state === "skipped" || row.item.state === "problem" ? null : row.guess.class_id;
}

/** Gives pictures a class; the one that they have anyway takes their mark away. */
export function giveClass(board: Board, rows: readonly GridRow[], classId: number): Board {
  const right = rows.filter((row) => classOf(row) === classId).map((row) => row.item.id);
  const marks = { ...without(board.marks, right) };
  for (const row of rows) if (!right.includes(row.item.id)) marks[row.item.id] = { kind: "wrong", classId };
  return changed(board, marks);
}

export function undo(board: Board): Board {
  const marks = board.past[board.past.length - 1];
  if (marks === undefined) return board;
  return { marks, past: board.past.slice(0, -1), future: [board.marks, ...board.future] };
}

export function redo(board: Board): Board {
  const [marks, ...future] = board.future;
  return marks === undefined ? board : { marks, past: [...board.past, board.marks], future };
}

/** Lets go of pictures that are not in hand any more; what was said of the others can still be taken back. */
export function forget(board: Board, ids: readonly number[]): Board {
  const clean = (marks: Marks) => without(marks, ids);
  return { marks: clean(board.marks), past: board.past.map(clean), future: board.future.map(clean) };
}

/** Pictures that are marked as wrong and have no class: they go back to the queue unless they are given one. */
export function lacking(board: Board, rows: readonly GridRow[]): GridRow[] {
  return rows.filter(({ item }) => {
    const mark = board.marks[item.id];
    return mark?.kind === "wrong" && mark.classId === null;
  });
}

/** Pictures that a confirmation leaves out: marked without a class, or not marked and never on the screen. */
export function unsettled(board: Board, rows: readonly GridRow[], seen: Seen): GridRow[] {
  const open = new Set(lacking(board, rows));
  return rows.filter((row) => open.has(row) || isUnseen(board, row, seen));
}

function isUnseen(board: Board, { item }: GridRow, seen: Seen): boolean {
  return board.marks[item.id] === undefined && !seen.has(item.id);
}

export interface Summary {
  readonly confirmed: number;
  readonly corrected: number;
  readonly back: number;
  readonly passed: number;
}

export function summarize(board: Board, rows: readonly GridRow[], seen: Seen): Summary {
  const unseen = rows.filter((row) => isUnseen(board, row, seen)).length;
  const marks = rows.map(({ item }) => board.marks[item.id]);
  const count = (test: (mark: Mark) => boolean) =>
    marks.filter((mark) => mark !== undefined && test(mark)).length;
  return {
    confirmed: marks.filter((mark) => mark === undefined).length - unseen,
    corrected: count((mark) => mark.kind === "wrong" && mark.classId !== null),
    back: unseen + count((mark) => mark.kind === "later" || (mark.kind === "wrong" && mark.classId === null)),
    passed: count((mark) => mark.kind === "skip" || mark.kind === "report"),
  };
}

/** What the server is told of each picture, in one batch. */
export function decisionsOf(
  board: Board,
  rows: readonly GridRow[],
  seen: Seen,
  durationMs: number,
): Decision[] {
  const duration_ms = Math.round(durationMs / Math.max(rows.length, 1));
  return rows.map((row) => {
    const mark = board.marks[row.item.id];
    const common = {
      item_id: row.item.id,
      lease_token: row.lease.token,
      revision: row.item.revision,
      prediction_id: row.guess.prediction_id,
      class_id: null,
      reason: "",
      duration_ms,
    };
    if (isUnseen(board, row, seen)) return { ...common, kind: "postpone" };
    if (mark === undefined) return { ...common, kind: "submit", class_id: classOf(row) };
    if (mark.kind === "wrong" && mark.classId !== null)
      return { ...common, kind: "submit", class_id: mark.classId };
    if (mark.kind === "skip" || mark.kind === "report")
      return { ...common, kind: mark.kind, reason: mark.reason };
    return { ...common, kind: "postpone" };
  });
}
