import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { fakeBackend } from "@/test/backend";
import { run } from "@/test/cast";
import { useRun } from "./runs";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const event = (seq: number) => ({
  seq,
  at: "2026-11-25T10:00:00Z",
  kind: "log",
  message: `line ${seq}`,
  data: {},
});

it("asks for what came after the last event, every two seconds, and stops at the end", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const log = fakeBackend({
    "GET /api/runs/5/events/?after=0": { body: { run, results: [event(1), event(2)] } },
    "GET /api/runs/5/events/?after=2": { body: { run: { ...run, state: "succeeded" }, results: [event(3)] } },
  });
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result } = renderHook(() => useRun(5), { wrapper });
  await waitFor(() => expect(result.current.data?.events).toHaveLength(2));
  await act(() => vi.advanceTimersByTimeAsync(2_100));
  await waitFor(() => expect(result.current.data?.run.state).toBe("succeeded"));
  expect(result.current.data?.events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  await act(() => vi.advanceTimersByTimeAsync(30_000));
  expect(log.map(({ path }) => path)).toEqual(["/api/runs/5/events/?after=0", "/api/runs/5/events/?after=2"]);
});
