import type { NothingLeft, Work } from "@/lib/api";
import { hasItem, type NextOptions, type WorkApi } from "../api/workApi";
import type { Pictures } from "./pictures";

interface Parts {
  readonly projectId: number;
  readonly api: WorkApi;
  readonly pictures: Pick<Pictures, "load">;
  /** Items with a decision still on its way: the server does not know yet that they are done. */
  readonly decided: () => readonly number[];
  /** How many decisions of this sitting the server has confirmed. */
  readonly answered: () => number;
}

const AHEAD = 2;

/** Items leased ahead, with their pictures decoded, so that the next one is there the moment it is asked for. */
export class WorkQueue {
  private readonly ahead: Work[] = [];
  private fetching: Promise<void> | null = null;
  private dry = false;
  private currentId: number | null = null;
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
    const answer = await this.ask({ exclude: [...this.parts.decided()] });
    this.currentId = hasItem(answer) ? answer.item.id : null;
    return answer;
  }

  /** How many decisions the server knew of when it counted what remains beside this item. */
  answeredBefore(work: Work): number {
    return this.answeredAt.get(work) ?? Math.max(0, this.parts.answered());
  }

  private async ask(options: NextOptions): Promise<Work | NothingLeft> {
    const before = Math.max(0, this.parts.answered());
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
    return this.ahead.splice(0);
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
    const { pictures, decided } = this.parts;
    while (this.ahead.length < AHEAD && !this.dry) {
      const held = this.ahead.map((work) => work.item.id);
      const exclude = [
        ...new Set([...held, ...decided(), ...(this.currentId === null ? [] : [this.currentId])]),
      ];
      const answer = await this.ask({ exclude, prefetch: true });
      if (!hasItem(answer) || exclude.includes(answer.item.id) || answer.item.id === this.currentId) {
        this.dry = true;
        return;
      }
      this.ahead.push(answer);
      pictures.load(answer).catch(() => {});
    }
  }
}
