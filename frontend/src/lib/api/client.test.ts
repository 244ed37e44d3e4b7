import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeBackend } from "@/test/backend";
import { api, onSignedOut, withQuery } from "./client";
import type { ApiError } from "./errors";

beforeEach(() => {
  // biome-ignore lint/suspicious/noDocumentCookie: what Django's cookie looks like to the page
  document.cookie = "csrftoken=first";
});
afterEach(() => vi.unstubAllGlobals());

const failure = (promise: Promise<unknown>) => promise.then(() => null).catch((error: ApiError) => error);

describe("the API client", () => {
  it("sends the CSRF token of the moment with each write and none with reads", async () => {
    const log = fakeBackend({ "GET /api/x/": {}, "POST /api/x/": {} });
    await api.get("/api/x/");
    await api.post("/api/x/", { a: 1 });
    // biome-ignore lint/suspicious/noDocumentCookie: log-in rotates the token
    document.cookie = "csrftoken=second";
    await api.post("/api/x/", { a: 1 });
    expect(log.map(({ headers }) => headers["X-CSRFToken"])).toEqual([undefined, "first", "second"]);
    expect(log[1]?.body).toEqual({ a: 1 });
  });

  it("names the revision that was seen and the idempotency key", async () => {
    const log = fakeBackend({ "PATCH /api/x/": {} });
    await api.patch("/api/x/", {}, { ifMatch: 3, idempotencyKey: "k" });
    expect(log[0]?.headers).toMatchObject({ "If-Match": "3", "Idempotency-Key": "k" });
  });

  it("throws what the server said as code, message and details", async () => {
    const body = {
      code: "stale_revision",
      message: "changed meanwhile",
      details: { current: { revision: 4 } },
    };
    fakeBackend({ "PUT /api/x/": { status: 412, body } });
    const error = await failure(api.put("/api/x/", {}));
    expect(error).toMatchObject({ status: 412, ...body, transient: false, signedOut: false });
  });

  it("makes an error of an answer that is no JSON", async () => {
    vi.stubGlobal(
      "fetch",
      async () => new Response("<h1>Bad gateway</h1>", { status: 502, statusText: "Bad Gateway" }),
    );
    expect(await failure(api.get("/api/x/"))).toMatchObject({
      status: 502,
      code: "http_502",
      transient: true,
    });
  });

  it("calls no connection offline, which is worth another try", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("Failed to fetch");
    });
    expect(await failure(api.get("/api/x/"))).toMatchObject({ status: 0, code: "offline", transient: true });
  });

  it("tells that the session is gone, but not for the session's own quiet requests", async () => {
    fakeBackend({
      "GET /api/x/": { status: 401, body: { code: "not_authenticated", message: "", details: {} } },
    });
    const listener = vi.fn();
    const stop = onSignedOut(listener);
    await failure(api.get("/api/x/", { quiet: true }));
    expect(listener).not.toHaveBeenCalled();
    await failure(api.get("/api/x/"));
    stop();
    await failure(api.get("/api/x/"));
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("returns nothing for 204", async () => {
    fakeBackend({ "DELETE /api/x/": { status: 204 } });
    expect(await api.delete("/api/x/")).toBeUndefined();
  });

  it("leaves empty filters out of the address", () => {
    expect(withQuery("/api/x/", { state: "", class: 7, q: "a b", after: undefined })).toBe(
      "/api/x/?class=7&q=a+b",
    );
  });
});
