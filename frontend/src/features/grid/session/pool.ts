import { type GridApi, type GridRow, type Held, MOST } from "../api";

export interface Range {
  readonly classId: number;
  /** Of the score, both inclusive. */
  readonly min: number;
  readonly max: number;
}

interface Parts {
  readonly projectId: number;
  readonly api: Pick<GridApi, "next" | "release">;
  /** Pictures on their way to the server, or open once more: they must not come again. */
  readonly taken: () => readonly number[];
  readonly changed: (rows: readonly GridRow[]) => void;
}

export function heldOf(rows: readonly GridRow[]): Held[] {
  return rows.map(({ item, lease }) => ({ item_id: item.id, token: lease.token }));
}

/** The leased pictures of one class: the batch in hand and those after it, so that the next one is there at once. */
export class Pool {
  private held: readonly GridRow[] = [];
  private filling: Promise<void> = Promise.resolve();
  private dry = false;
  private closed = false;

  constructor(
    readonly range: Range,
    private readonly parts: Parts,
  ) {}

  get rows(): readonly GridRow[] {
    return this.held;
  }

  /** Leases until `count` are held or nothing more waits. One after the other: two at once would ask for the same. */
  fill(count: number): Promise<void> {
    const filled = this.filling.catch(() => {}).then(() => this.fillNow(count));
    this.filling = filled;
    return filled;
  }

  private async fillNow(count: number): Promise<void> {
    const { classId: class_id, min: min_score, max: max_score } = this.range;
    while (!this.closed && !this.dry && this.held.length < count) {
      const most = Math.min(MOST, count - this.held.length);
      const exclude = [...this.held.map(({ item }) => item.id), ...this.parts.taken()];
      const wanted = { class_id, min_score, max_score, most, exclude };
      const found = await this.parts.api.next(this.parts.projectId, wanted);
      if (this.closed) {
        this.giveBack(found);
        return;
      }
      this.dry = found.length < most;
      this.set([...this.held, ...found]);
    }
  }

  /** Looks again where nothing waited before. */
  moisten(): void {
    this.dry = false;
  }

  /** Takes in pictures that were leased by name; they come first. */
  adopt(rows: readonly GridRow[]): void {
    this.set([...rows, ...this.held]);
  }

  /** Takes pictures out: handed in, or lost. */
  remove(ids: readonly number[]): void {
    const gone = new Set(ids);
    this.set(this.held.filter(({ item }) => !gone.has(item.id)));
  }

  /** As they were shown before a reload; new ones come after. */
  sortBy(order: readonly number[]): void {
    const place = new Map(order.map((id, position) => [id, position]));
    const placeOf = (row: GridRow) => place.get(row.item.id) ?? Number.POSITIVE_INFINITY;
    // Infinity minus itself is no number; equal places keep the server's order.
    this.set([...this.held].sort((a, b) => (placeOf(a) === placeOf(b) ? 0 : placeOf(a) - placeOf(b))));
  }

  /** Gives everything back but what is to be kept: marked pictures are the person's until their lease runs out. */
  close(keep: (row: GridRow) => boolean): void {
    this.closed = true;
    this.giveBack(this.held.filter((row) => !keep(row)));
  }

  private giveBack(rows: readonly GridRow[]): void {
    // A lease that cannot be given back runs out by itself.
    if (rows.length > 0) this.parts.api.release(this.parts.projectId, heldOf(rows)).catch(() => {});
  }

  private set(rows: readonly GridRow[]): void {
    this.held = rows;
    this.parts.changed(rows);
  }
}
