import type { Clock } from "@/outbox/clock";

/** Time that passes only when a test says so. */
export class TestClock implements Clock {
  time = 1000;
  private readonly timers = new Map<number, { at: number; callback: () => void }>();
  private last = 0;
  now = () => this.time;
  random = () => 1;
  setTimer = (callback: () => void, ms: number) => {
    this.last += 1;
    this.timers.set(this.last, { at: this.time + ms, callback });
    return this.last;
  };
  clearTimer = (handle: number) => void this.timers.delete(handle);

  async pass(ms: number): Promise<void> {
    await settle();
    const end = this.time + ms;
    for (;;) {
      const [next] = [...this.timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at);
      if (next === undefined) break;
      this.time = Math.max(this.time, next[1].at);
      this.timers.delete(next[0]);
      next[1].callback();
      await settle();
    }
    this.time = end;
  }
}

/** Lets IndexedDB and promises finish. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 15; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}
