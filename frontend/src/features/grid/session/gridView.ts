import type { ApiError, LabelClass, Project } from "@/lib/api";
import type { GridRow } from "../api";
import { type Board, EMPTY_BOARD, type Seen } from "./marks";

export const SIZES = [12, 24, 48] as const;
export type Size = (typeof SIZES)[number];

export type DialogName = "classes" | "skip" | "report" | "keys" | "palette" | "look" | "left";

export interface Note {
  readonly text: string;
  readonly tone: "info" | "ask";
}

export interface GridView {
  /** elsewhere: another tab of this browser has the grid. */
  readonly phase: "choose" | "loading" | "ready" | "empty" | "failed" | "elsewhere";
  readonly classId: number | null;
  readonly size: Size;
  /** How many stand in a row; measured by the page. */
  readonly columns: number;
  readonly pool: readonly GridRow[];
  /** A batch that was handed in and is open once more. */
  readonly again: readonly GridRow[] | null;
  readonly board: Board;
  readonly seen: Seen;
  readonly cursor: number;
  /** The other end of what is picked together. */
  readonly anchor: number | null;
  /** Confirm was pressed, and some have no class. */
  readonly asked: boolean;
  readonly note: Note | null;
  readonly dialog: DialogName | null;
  readonly error: ApiError | null;
  /** What was handed in last. */
  readonly last: readonly number[];
  readonly classes: readonly LabelClass[];
}

export function classesOf(project: Project): LabelClass[] {
  return project.classes.filter((label) => !label.archived).sort((a, b) => a.index - b.index);
}

export function firstView(project: Project, size: Size): GridView {
  return {
    phase: "choose",
    classId: null,
    size,
    columns: 6,
    pool: [],
    again: null,
    board: EMPTY_BOARD,
    seen: new Set(),
    cursor: 0,
    anchor: null,
    asked: false,
    note: null,
    dialog: null,
    error: null,
    last: [],
    classes: classesOf(project),
  };
}

/** The batch in hand. */
export function visibleRows(view: Pick<GridView, "again" | "pool" | "size">): readonly GridRow[] {
  return view.again ?? view.pool.slice(0, view.size);
}

/** What a key acts on: everything from the anchor to the cursor, or the cursor's picture alone. */
export function pickedRows(view: GridView): readonly GridRow[] {
  const from = view.anchor ?? view.cursor;
  return visibleRows(view).slice(Math.min(from, view.cursor), Math.max(from, view.cursor) + 1);
}
