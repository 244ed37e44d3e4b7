import { describe, expect, it, vi } from "vitest";
import { ActiveTime } from "./activity";
import { Heartbeat } from "./heartbeat";
import { refusal } from "./testing";

const leases = () => [
  { itemId: 1, token: "a" },
  { itemId: 2, token: "b" },
];

describe("leases", () => {
  it("of all items in hand are renewed, and a lost one is told", async () => {
    const lost = vi.fn();
    const renewLease = vi.fn(async (itemId: number, token: string) => {
      if (itemId === 1) throw refusal(409, "lease_lost");
      return { token, until: "" };
    });
    await new Heartbeat({ api: { renewLease }, leases, idleMs: () => 0, lost }).beat();
    expect(renewLease.mock.calls).toEqual([
      [1, "a"],
      [2, "b"],
    ]);
    expect(lost).toHaveBeenCalledExactlyOnceWith(1);
  });

  it("survive an outage: only the server's word ends one", async () => {
    const lost = vi.fn();
    const renewLease = vi.fn().mockRejectedValue(refusal(0, "offline"));
    await new Heartbeat({ api: { renewLease }, leases, idleMs: () => 0, lost }).beat();
    expect(lost).not.toHaveBeenCalled();
  });

  it("are let go by a page that nobody touches", async () => {
    const renewLease = vi.fn();
    await new Heartbeat({ api: { renewLease }, leases, idleMs: () => 11 * 60_000, lost: vi.fn() }).beat();
    expect(renewLease).not.toHaveBeenCalled();
  });
});

describe("time worked on an item", () => {
  it("counts pauses at most as thirty seconds", () => {
    let now = 0;
    const time = new ActiveTime(() => now);
    time.start();
    now = 4000;
    time.act();
    now += 3_600_000;
    expect(time.durationMs).toBe(34_000);
  });
});
