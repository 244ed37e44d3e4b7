import type { GridRow } from "../api";
import type { Batch } from "./courier";
import type { GridView } from "./gridView";
import { decisionsOf } from "./marks";

/** The classes that a person gave on pictures that were taken from them meanwhile; null where there is none. */
export function lateBatch(
  projectId: number,
  { board, seen }: Pick<GridView, "board" | "seen">,
  lost: readonly GridRow[],
): Batch | null {
  const marked = lost.filter(({ item }) => board.marks[item.id] !== undefined);
  const items = decisionsOf(board, marked, seen, 0).filter(({ kind }) => kind === "submit");
  if (items.length === 0) return null;
  const names = Object.fromEntries(marked.map(({ item }) => [item.id, item.name]));
  return { key: crypto.randomUUID(), projectId, items, names };
}
