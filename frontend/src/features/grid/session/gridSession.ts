import { createStore, type StoreApi } from "zustand/vanilla";
import { asApiError, type Project } from "@/lib/api";
import type { GridApi, GridRow } from "../api";
import type { Courier } from "./courier";
import {
  classesOf,
  type DialogName,
  firstView,
  type GridView,
  pickedRows,
  SIZES,
  type Size,
  visibleRows,
} from "./gridView";
import { type Kept, type Sheet, sheetKey } from "./kept";
import { lateBatch } from "./late";
import * as marks from "./marks";
import { Pace } from "./pace";
import { heldOf, Pool, type Range } from "./pool";
import { say, sayCounts } from "./say";
import { sortedBy, takeUp } from "./takeUp";

interface Parts {
  readonly project: Project;
  readonly api: GridApi;
  readonly courier: Courier;
  readonly kept: Kept;
  readonly size: Size;
}

const BEAT_MS = 60_000;
/** Somebody who left the page open does not hold pictures for ever. */
const IDLE_LIMIT_MS = 10 * 60_000;

/** One person's work in the grid of a project: what is in hand, what is said of it, and its way out. */
export class GridSession {
  readonly view: StoreApi<GridView>;
  readonly courier: Courier;
  readonly pace = new Pace();
  private readonly projectId: number;
  private readonly api: GridApi;
  private readonly kept: Kept;
  private pool: Pool | null = null;
  private timer: number | null = null;

  constructor({ project, api, courier, kept, size }: Parts) {
    this.projectId = project.id;
    this.api = api;
    this.courier = courier;
    this.kept = kept;
    this.view = createStore<GridView>(() => firstView(project, size));
  }

  start(): void {
    this.timer ??= window.setInterval(() => void this.beat(), BEAT_MS);
  }

  /** Leaves: what is not marked goes back at once. */
  stop(): void {
    if (this.timer !== null) window.clearInterval(this.timer);
    this.timer = null;
    this.leaveClass();
  }

  get state(): GridView {
    return this.view.getState();
  }

  get rows(): readonly GridRow[] {
    return visibleRows(this.state);
  }

  private set(change: Partial<GridView>): void {
    this.view.setState(change);
  }

  projectChanged(project: Project): void {
    this.set({ classes: classesOf(project) });
  }

  // What is in hand

  /** Opens the pictures of one class, with the marks that an earlier page left on them. */
  async open(range: Range | null): Promise<void> {
    this.leaveClass();
    const classId = range?.classId ?? null;
    this.set({ ...this.nothing, classId, phase: range === null ? "choose" : "loading" });
    if (range === null) return;
    const pool = new Pool(range, {
      projectId: this.projectId,
      api: this.api,
      taken: () => [...this.courier.decided, ...(this.state.again ?? []).map(({ item }) => item.id)],
      changed: (rows) => {
        if (this.pool === pool) this.set({ pool: rows });
      },
    });
    this.pool = pool;
    try {
      await this.fillFirst(pool);
    } catch (error) {
      if (this.pool === pool) this.set({ phase: "failed", error: asApiError(error) });
    }
  }

  private readonly nothing: Partial<GridView> = {
    pool: [],
    again: null,
    board: marks.EMPTY_BOARD,
    cursor: 0,
    anchor: null,
    asked: false,
    note: null,
    dialog: null,
    error: null,
  };

  private async fillFirst(pool: Pool): Promise<void> {
    const sheet = await this.kept.sheet(this.keyOf(pool.range.classId)).catch(() => null);
    const marked = sheet === null ? 0 : Object.keys(sheet.board.marks).length;
    const { size } = this.state;
    // Marked pictures are still leased to this person, and come first; they must be here before anything is shown.
    await pool.fill(marked > 0 ? Math.max(2 * size, sheet?.order.length ?? 0) : size);
    if (this.pool !== pool) return;
    if (sheet !== null && marked > 0) await this.takeUp(pool, sheet);
    if (this.pool !== pool) return;
    this.set({ phase: this.rows.length > 0 ? "ready" : "empty" });
    this.prefetch();
  }

  private async takeUp(pool: Pool, sheet: Sheet): Promise<void> {
    const { board, again, gone, left } = await takeUp(this.api, this.projectId, pool, sheet);
    this.giveBack(left);
    if (this.pool !== pool) return;
    const text = sayCounts({ kept: Object.keys(board.marks).length, keptGone: gone });
    const note = { text, tone: "info" } as const;
    this.set({ board, again, note });
  }

  private giveBack(rows: readonly GridRow[]): void {
    if (rows.length > 0) this.api.release(this.projectId, heldOf(rows)).catch(() => {});
  }

  private prefetch(): void {
    const { pool } = this;
    // What fails ahead is asked for again when somebody waits for it.
    pool?.fill(2 * this.state.size).catch(() => {});
  }

  private leaveClass(): void {
    const { board, again } = this.state;
    const marked = ({ item }: GridRow) => board.marks[item.id] !== undefined;
    this.pool?.close(marked);
    this.pool = null;
    this.giveBack((again ?? []).filter((row) => !marked(row)));
  }

  setSize(size: Size): void {
    this.set({ size, cursor: 0, anchor: null });
    this.keep();
    if (this.state.phase === "ready") this.prefetch();
  }

  /** Larger pictures are fewer. */
  resize(by: 1 | -1): void {
    const size = SIZES[SIZES.indexOf(this.state.size) + by];
    if (size !== undefined) this.setSize(size);
  }

  /** Keeps leases for as long as somebody works; says which pictures were lost. */
  async beat(): Promise<void> {
    const rows = [...this.state.pool, ...(this.state.again ?? [])];
    if (rows.length === 0 || this.pace.idleMs > IDLE_LIMIT_MS) return;
    const lost = await this.api.renew(this.projectId, heldOf(rows)).catch(() => []);
    if (lost.length > 0) this.lose(lost);
  }

  private lose(ids: readonly number[]): void {
    const rows = [...this.state.pool, ...(this.state.again ?? [])].filter(({ item }) =>
      ids.includes(item.id),
    );
    void this.courier.keepLost(lateBatch(this.projectId, this.state, rows));
    this.pool?.remove(ids);
    const again = this.state.again?.filter(({ item }) => !ids.includes(item.id)) ?? null;
    const names = rows.map(({ item }) => item.name).join(", ");
    const text = say("lost", { count: rows.length, names });
    this.set({ again, board: marks.forget(this.state.board, ids), note: { text, tone: "ask" } });
    this.stay();
    this.keep();
    this.prefetch();
  }

  /** The cursor stays on the page when pictures leave it. */
  private stay(): void {
    const last = this.rows.length - 1;
    this.set({ cursor: Math.max(0, Math.min(this.state.cursor, last)), anchor: null });
    if (last < 0 && this.state.phase === "ready") void this.showNext();
  }

  // Moving

  moveTo(index: number, extend = false): void {
    const { cursor, anchor } = this.state;
    const to = Math.max(0, Math.min(index, this.rows.length - 1));
    this.set({ cursor: to, anchor: extend ? (anchor ?? cursor) : null });
  }

  moveBy(columns: number, rows: number, extend = false): void {
    const { cursor } = this.state;
    const to = cursor + columns + rows * this.state.columns;
    // Up and down end at the edge instead of running into a corner.
    if (rows !== 0 && (to < 0 || to >= this.rows.length)) return;
    this.moveTo(to, extend);
  }

  /** A picture is on the screen: from now on it can be confirmed. */
  saw(itemId: number): void {
    if (!this.state.seen.has(itemId)) this.set({ seen: new Set([...this.state.seen, itemId]) });
  }

  /** Goes to the next picture that a confirmation would leave out. */
  toLacking(direction: 1 | -1): void {
    const ids = this.unsettled.map(({ item }) => item.id);
    const places = this.rows.flatMap(({ item }, place) => (ids.includes(item.id) ? [place] : []));
    const { cursor } = this.state;
    const after = direction > 0 ? places : [...places].reverse();
    const next = after.find((place) => (place - cursor) * direction > 0) ?? after[0];
    if (next !== undefined) this.moveTo(next);
  }

  // Saying what is wrong

  private change(board: marks.Board): void {
    if (board === this.state.board) return;
    this.set({ board, asked: false, note: null });
    this.keep();
  }

  private get pickedIds(): number[] {
    return pickedRows(this.state).map(({ item }) => item.id);
  }

  toggleWrong(): void {
    this.change(marks.toggleWrong(this.state.board, this.pickedIds));
  }

  /** A click marks one; with Shift, everything from the last one to here. */
  click(index: number, range: boolean): void {
    this.moveTo(index, range);
    if (!range) this.toggleWrong();
    else {
      const unmarked = this.pickedIds.filter((id) => this.state.board.marks[id] === undefined);
      if (unmarked.length > 0) this.change(marks.toggleWrong(this.state.board, unmarked));
    }
  }

  chooseClassAt(position: number): void {
    const label = this.state.classes[position];
    if (label !== undefined) this.chooseClass(label.id);
  }

  /** For what is picked; after "all without a class", for those. */
  chooseClass(classId: number): void {
    this.change(marks.giveClass(this.state.board, pickedRows(this.state), classId));
  }

  /** One class for everything that is marked and has none. */
  chooseForLacking(classId: number): void {
    this.change(marks.giveClass(this.state.board, marks.lacking(this.state.board, this.rows), classId));
  }

  setMark(mark: marks.Mark): void {
    this.closeDialog();
    this.change(marks.setMark(this.state.board, this.pickedIds, mark));
  }

  undo(): void {
    this.change(marks.undo(this.state.board));
  }

  redo(): void {
    this.change(marks.redo(this.state.board));
  }

  escape(): void {
    this.set({ anchor: null, asked: false, note: null });
  }

  openDialog(dialog: DialogName): void {
    this.set({ dialog });
  }

  closeDialog(): void {
    this.set({ dialog: null });
  }

  // Handing in

  /** Confirms what is not marked and hands the batch in; what has no class is asked about once, and then goes back. */
  async confirm(): Promise<void> {
    const { board, again, asked, phase } = this.state;
    const rows = this.rows;
    if (phase !== "ready" || rows.length === 0) return;
    if (this.unsettled.length > 0 && !asked) {
      this.ask();
      return;
    }
    const marked = rows.filter(({ item }) => board.marks[item.id] !== undefined);
    // Of a batch that was handed in before, only what is said anew is sent.
    const sent = again === null ? rows : marked;
    const items = marks.decisionsOf(board, sent, this.state.seen, this.pace.take());
    if (again !== null) this.giveBack(again.filter((row) => !sent.includes(row)));
    const ids = rows.map(({ item }) => item.id);
    const names = Object.fromEntries(sent.map(({ item }) => [item.id, item.name]));
    this.set({
      ...{ board: { ...marks.forget(board, ids), past: [], future: [] }, again: null, asked: false },
      ...{ cursor: 0, anchor: null, note: null, last: ids },
    });
    if (again === null) this.pool?.remove(ids);
    if (items.length > 0) {
      const batch = { key: crypto.randomUUID(), projectId: this.projectId, items, names };
      await this.courier.add(batch, this.sheet());
    } else this.keep();
    await this.showNext();
  }

  /** What a confirmation leaves out; of a batch that is open once more nothing is confirmed anew. */
  private get unsettled(): readonly GridRow[] {
    const { board, again, seen } = this.state;
    return again === null ? marks.unsettled(board, this.rows, seen) : marks.lacking(board, this.rows);
  }

  private ask(): void {
    const lacking = marks.lacking(this.state.board, this.rows).length;
    const unseen = this.unsettled.length - lacking;
    this.toLacking(1);
    this.set({ asked: true, note: { text: sayCounts({ lacking, unseen }), tone: "ask" } });
  }

  private async showNext(): Promise<void> {
    const { pool } = this;
    if (pool === null || this.rows.length > 0) {
      this.prefetch();
      return;
    }
    this.set({ phase: "loading" });
    pool.moisten();
    try {
      await pool.fill(this.state.size);
      if (this.pool === pool) this.set({ phase: this.rows.length > 0 ? "ready" : "empty" });
      this.prefetch();
    } catch (error) {
      if (this.pool === pool) this.set({ phase: "failed", error: asApiError(error) });
    }
  }

  retry(): Promise<void> {
    return this.pool === null ? Promise.resolve() : this.open(this.pool.range);
  }

  /** Opens what was handed in last once more; what is changed then makes the next revision. */
  async openAgain(): Promise<void> {
    const { last, again, phase } = this.state;
    if (last.length === 0 || again !== null || (phase !== "ready" && phase !== "empty")) return;
    this.set({ phase: "loading" });
    try {
      await this.courier.settled();
      const rows = sortedBy(await this.api.reopen(this.projectId, last), last);
      const text =
        rows.length < last.length ? say("againFewer", { count: last.length - rows.length }) : say("again");
      this.set({ again: rows.length > 0 ? rows : null, last: [], note: { text, tone: "info" } });
      this.set({ board: { ...this.state.board, past: [], future: [] }, cursor: 0, anchor: null });
      this.keep();
    } catch (error) {
      this.set({ note: { text: asApiError(error).message, tone: "ask" } });
    }
    this.set({ phase: this.rows.length > 0 ? "ready" : "empty" });
  }

  // Keeping

  private keyOf(classId: number): string {
    return sheetKey(this.courier.owner, this.projectId, classId);
  }

  private sheet(): Sheet {
    const { board, pool, again, classId } = this.state;
    const order = pool.map(({ item }) => item.id);
    return {
      key: this.keyOf(classId ?? 0),
      order,
      board,
      again: again?.map(({ item }) => item.id) ?? null,
    };
  }

  private keep(): void {
    if (this.state.classId === null) return;
    this.kept.putSheet(this.sheet()).catch(() => this.courier.store.setState({ durable: false }));
  }
}
