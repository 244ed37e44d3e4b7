import { type GridApi, type GridRow, MOST } from "../api";
import type { Sheet } from "./kept";
import { type Board, forget } from "./marks";
import type { Pool } from "./pool";

interface TakenUp {
  readonly board: Board;
  readonly again: readonly GridRow[] | null;
  /** How many marks were on pictures that are in other hands now. */
  readonly gone: number;
  /** Pictures that were leased on the way and are not needed. */
  readonly left: readonly GridRow[];
}

/** States in which nobody has decided yet. */
const WAITING: ReadonlySet<string> = new Set(["new", "queued", "auto_accepted"]);

export function sortedBy(rows: readonly GridRow[], order: readonly number[]): GridRow[] {
  return [...rows].sort((a, b) => order.indexOf(a.item.id) - order.indexOf(b.item.id));
}

const idsOf = (rows: readonly GridRow[]) => rows.map(({ item }) => item.id);

/** Puts the marks that an earlier page kept back on their pictures. */
export async function takeUp(
  api: Pick<GridApi, "reopen">,
  projectId: number,
  pool: Pool,
  sheet: Sheet,
): Promise<TakenUp> {
  const reopened = sheet.again?.length ? await api.reopen(projectId, sheet.again) : [];
  const known = new Set([...idsOf(pool.rows), ...(sheet.again ?? [])]);
  const marked = Object.keys(sheet.board.marks).map(Number);
  // Their lease ran out, and others came first: they are leased by name, unless somebody answered meanwhile.
  const missing = marked.filter((id) => !known.has(id)).slice(0, MOST);
  const fetched = missing.length > 0 ? await api.reopen(projectId, missing) : [];
  const open = fetched.filter(({ answer, item }) => answer === null && WAITING.has(item.state));
  pool.adopt(open);
  pool.sortBy(sheet.order);
  const here = new Set([...idsOf(pool.rows), ...idsOf(reopened)]);
  const gone = marked.filter((id) => !here.has(id));
  return {
    board: forget(sheet.board, gone),
    again: reopened.length > 0 ? sortedBy(reopened, sheet.again ?? []) : null,
    gone: gone.length,
    left: fetched.filter((row) => !open.includes(row)),
  };
}
