export interface Clock {
  now(): number;
  setTimer(callback: () => void, ms: number): number;
  clearTimer(handle: number): void;
  random(): number;
}

export const browserClock: Clock = {
  now: () => Date.now(),
  setTimer: (callback, ms) => window.setTimeout(callback, ms),
  clearTimer: (handle) => window.clearTimeout(handle),
  random: () => Math.random(),
};

export const DRAFT_QUIET_MS = 800;
export const DRAFT_LONGEST_MS = 5000;
const RETRY_FIRST_MS = 1000;
const RETRY_LONGEST_MS = 60_000;

/** When to try again: doubling from one second to a minute, with jitter so that many tabs do not return at once. */
export function retryDelay(attempts: number, random: number): number {
  const longest = Math.min(RETRY_FIRST_MS * 2 ** Math.max(attempts - 1, 0), RETRY_LONGEST_MS);
  return longest * (0.5 + random / 2);
}
