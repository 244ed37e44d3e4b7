/** Pauses longer than this are not counted as work. */
const LONGEST_PAUSE_MS = 30_000;

/** How long a person really worked on a batch: the time between their actions, long pauses cut short. */
export class Pace {
  private total = 0;
  private last: number;

  constructor(private readonly now: () => number = Date.now) {
    this.last = now();
  }

  act(): void {
    const time = this.now();
    this.total += Math.min(time - this.last, LONGEST_PAUSE_MS);
    this.last = time;
  }

  get idleMs(): number {
    return this.now() - this.last;
  }

  /** What was counted since the last call. */
  take(): number {
    this.act();
    const total = this.total;
    this.total = 0;
    return total;
  }
}
