import { describe, expect, it, vi } from "vitest";
import { type Locks, TabLocks } from "./tabLocks";

/** Web Locks of one browser, as far as two tabs need them. */
function browserLocks(): Locks {
  const held = new Map<string, (reason: Error) => void>();
  return {
    request(name, options, callback) {
      const holder = held.get(name);
      if (holder !== undefined && !options.steal) return Promise.resolve(callback(null));
      holder?.(new DOMException("stolen", "AbortError"));
      return new Promise((resolve, reject) => {
        held.set(name, reject);
        void Promise.resolve(callback({ name })).then(() => {
          if (held.get(name) === reject) held.delete(name);
          resolve(undefined);
        });
      });
    },
  };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("one item in two tabs", () => {
  it("belongs to the tab that opened it first, until that one lets go", async () => {
    const locks = browserLocks();
    const [first, second] = [new TabLocks(1, () => {}, locks), new TabLocks(1, () => {}, locks)];
    expect(await first.take(5)).toBe(true);
    expect(await second.take(5)).toBe(false);
    first.drop(5);
    await settle();
    expect(await second.take(5)).toBe(true);
    second.dropAll();
    await settle();
    expect(await first.take(5)).toBe(true);
  });

  it("can be taken over, and the first tab is told", async () => {
    const locks = browserLocks();
    const lost = vi.fn();
    const [first, second] = [new TabLocks(1, lost, locks), new TabLocks(1, () => {}, locks)];
    await first.take(5);
    expect(await second.take(5, true)).toBe(true);
    await settle();
    expect(lost).toHaveBeenCalledExactlyOnceWith(5);
  });

  it("of different people is no matter, and without Web Locks nothing is refused", async () => {
    const locks = browserLocks();
    const [hers, his] = [new TabLocks(1, () => {}, locks), new TabLocks(2, () => {}, locks)];
    expect(await hers.take(5)).toBe(true);
    expect(await his.take(5)).toBe(true);
    expect(await new TabLocks(1, () => {}, null).take(5)).toBe(true);
  });
});
