/** Pauses longer than this are not counted as work on an item. */
const LONGEST_PAUSE_MS = 30_000;

/** How long a person really worked on an item: the time between their actions, long pauses cut short. */
export class ActiveTime {
  private total = 0;
  private last: number;

  constructor(private readonly now: () => number = Date.now) {
    this.last = now();
  }

  start(): void {
    this.total = 0;
    this.last = this.now();
  }

  act(): void {
    const time = this.now();
    this.total += Math.min(time - this.last, LONGEST_PAUSE_MS);
    this.last = time;
  }

  get idleMs(): number {
    return this.now() - this.last;
  }

  get durationMs(): number {
    this.act();
    return this.total;
  }
}
