import { vi } from "vitest";

export interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

interface Answer {
  status?: number;
  body?: unknown;
}

type Handler = Answer | ((sent: Sent) => Answer);

/** Stands in for the server in tests: "GET /api/session/" → answer; what was sent is kept in order. */
export function fakeBackend(routes: Record<string, Handler>): Sent[] {
  const log: Sent[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit = {}) => {
    const method = init.method ?? "GET";
    const body = typeof init.body === "string" ? JSON.parse(init.body) : init.body;
    const sent = { method, path, headers: (init.headers ?? {}) as Record<string, string>, body };
    log.push(sent);
    const handler = routes[`${method} ${path}`] ?? routes[`${method} ${path.split("?")[0]}`];
    if (!handler) throw new TypeError(`nothing answers ${method} ${path}`);
    const { status = 200, body: answer } = typeof handler === "function" ? handler(sent) : handler;
    return new Response(status === 204 ? null : JSON.stringify(answer ?? {}), { status });
  });
  return log;
}
