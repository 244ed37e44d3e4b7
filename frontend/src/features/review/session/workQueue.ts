import type { NothingLeft, Work } from "@/lib/api";
import { hasItem, type NextOptions, type WorkApi } from "../api/workApi";
import type { Pictures } from "./pictures";
import { picturesAhead } from "./picturesAhead";
import type { TabLocks } from "./tabLocks";

interface Parts {
  readonly projectId: number;
  readonly api: WorkApi;
  readonly pictures: Pick<Pictures, "load">;
  readonly locks: Pick<TabLocks, "take" | "drop">;
  /** Items with a decision still on its way: the server does not know yet that they are done. */
  readonly decided: () => readonly number[];
  /** How many decisions of this sitting the server has confirmed. */
  readonly answered: () => number;
}

/** The server takes no longer list; the oldest of more decisions have long arrived. */
const EXCLUDED = 50;

/** Items leased ahead, with their pictures decoded, so that the next one is there the moment it is asked for. */
export class WorkQueue {
  private readonly ahead: Work[] = [];
  private fetching: Promise<void> | null = null;
  private dry = false;
  private currentId: number | null = null;
  /** Items that another tab of this browser has. */
  private readonly elsewhere = new Set<number>();
  private readonly answeredAt = new WeakMap<Work, number>();

  constructor(private readonly parts: Parts) {}

  get leased(): readonly Work[] {
    return this.ahead;
  }

  /** The next item, at once if one was fetched ahead. */
  async take(): Promise<Work | NothingLeft> {
    this.dry = false;
    if (this.ahead.length === 0 && this.fetching !== null) await this.fetching;
    const held = this.ahead.shift();
    if (held !== undefined) {
      this.currentId = held.item.id;
      return held;
    }
    let answer = await this.ask([]);
    while (hasItem(answer) && !(await this.holds(answer))) answer = await this.ask([]);
    this.currentId = hasItem(answer) ? answer.item.id : null;
    return answer;
  }

  /** False for an item that another tab has, or that was not to come again: asking on would never end. */
  private async holds(work: Work): Promise<boolean> {
    const { id } = work.item;
    if (await this.parts.locks.take(id)) return true;
    if (this.elsewhere.has(id)) throw new Error(`Item ${id} is open in another tab.`);
    this.elsewhere.add(id);
    return false;
  }

  /** How many decisions the server knew of when it counted what remains beside this item. */
  answeredBefore(work: Work): number {
    return this.answeredAt.get(work) ?? Math.max(0, this.parts.answered());
  }

  private async ask(also: readonly number[], prefetch = false): Promise<Work | NothingLeft> {
    const before = Math.max(0, this.parts.answered());
    const exclude = [...new Set([...this.elsewhere, ...this.parts.decided(), ...also])].slice(-EXCLUDED);
    const options: NextOptions = prefetch ? { exclude, prefetch } : { exclude };
    const answer = await this.parts.api.next(this.parts.projectId, options);
    if (hasItem(answer)) this.answeredAt.set(answer, before);
    return answer;
  }

  /** An item was opened by name: it must not come ahead as well. */
  opened(itemId: number): void {
    this.currentId = itemId;
    this.drop(itemId);
  }

  /** Lets go of everything held ahead. */
  empty(): Work[] {
    const works = this.ahead.splice(0);
    for (const work of works) this.parts.locks.drop(work.item.id);
    return works;
  }

  drop(itemId: number): void {
    const position = this.ahead.findIndex((work) => work.item.id === itemId);
    if (position >= 0) this.ahead.splice(position, 1);
  }

  /** Fills up what is held ahead. Errors are left to `take`, where somebody waits for the answer. */
  prefetch(): Promise<void> {
    this.fetching ??= this.fill()
      .catch(() => {})
      .finally(() => {
        this.fetching = null;
      });
    return this.fetching;
  }

  private async fill(): Promise<void> {
    while (this.ahead.length < picturesAhead() && !this.dry) {
      const mine = [
        ...this.ahead.map((work) => work.item.id),
        ...(this.currentId === null ? [] : [this.currentId]),
      ];
      const answer = await this.ask(mine, true);
      if (!hasItem(answer) || mine.includes(answer.item.id) || answer.item.id === this.currentId) {
        this.dry = true;
        return;
      }
      if (!(await this.holds(answer))) continue;
      this.ahead.push(answer);
      this.parts.pictures.load(answer).catch(() => {});
    }
  }
}
