import type { Work } from "@/lib/api";

/** Items whose last known state is kept, to be opened again without a network. */
const REMEMBERED = 6;

/** The items of this sitting in the order they were first opened, and where among them one is. */
export class Trail {
  private readonly ids: number[] = [];
  private readonly works = new Map<number, Work>();
  private at = -1;

  opened(work: Work): void {
    const { id } = work.item;
    this.works.delete(id);
    this.works.set(id, work);
    for (const oldest of this.works.keys()) {
      if (this.works.size <= REMEMBERED) break;
      this.works.delete(oldest);
    }
    const position = this.ids.indexOf(id);
    if (position < 0) this.ids.push(id);
    this.at = position < 0 ? this.ids.length - 1 : position;
  }

  /** The item is put off: when it comes again it is a new one. */
  forget(itemId: number): void {
    const position = this.ids.indexOf(itemId);
    if (position < 0) return;
    this.ids.splice(position, 1);
    if (position <= this.at) this.at -= 1;
  }

  known(itemId: number): Work | null {
    return this.works.get(itemId) ?? null;
  }

  /** Counts from 1. */
  get position(): number {
    return this.at + 1;
  }

  /** The item before this one; at the end of the queue, the last one. */
  before(atEnd: boolean): number | null {
    return this.ids[atEnd ? this.at : this.at - 1] ?? null;
  }

  get after(): number | null {
    return this.ids[this.at + 1] ?? null;
  }

  /** The item that a look back left behind; null when one is not looking back. */
  get leftBehind(): number | null {
    return this.at < this.ids.length - 1 ? (this.ids.at(-1) ?? null) : null;
  }
}
