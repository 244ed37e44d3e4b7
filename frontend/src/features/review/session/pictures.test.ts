import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeWork } from "@/document/testing";
import { Pictures } from "./pictures";

class FakeBitmap {
  width = 200;
  height = 100;
  closed = false;
  close(): void {
    this.closed = true;
  }
}

let answers: (() => Promise<Response>)[];
const picture = () =>
  Promise.resolve(new Response(new Uint8Array(2000), { headers: { "Content-Length": "2000" } }));

beforeEach(() => {
  answers = [];
  vi.stubGlobal("ImageBitmap", FakeBitmap);
  vi.stubGlobal("createImageBitmap", async () => new FakeBitmap());
  vi.stubGlobal(
    "fetch",
    vi.fn(() => (answers.shift() ?? picture)()),
  );
});

afterEach(() => vi.unstubAllGlobals());

describe("pictures", () => {
  it("are fetched once, however often they are asked for", async () => {
    const pictures = new Pictures();
    const [first, second] = await Promise.all([pictures.load(makeWork()), pictures.load(makeWork())]);
    expect(first).toBe(second);
    expect(await pictures.load(makeWork())).toBe(first);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("say how much of them is here", async () => {
    const progress = vi.fn();
    await new Pictures().load(makeWork(), progress);
    expect(progress).toHaveBeenLastCalledWith(2000, 2000);
  });

  it("beyond six are given back, but never the one on the canvas", async () => {
    const pictures = new Pictures();
    pictures.shownId = 1;
    const loaded = [];
    for (let id = 1; id <= 9; id += 1) loaded.push(await pictures.load(makeWork({}, id)));
    const closed = loaded.map((one) => (one.source as unknown as FakeBitmap).closed);
    expect(closed).toEqual([false, true, true, true, false, false, false, false, false]);
    expect(pictures.peek(1)).toBe(loaded[0]);
    expect(pictures.peek(2)).toBeNull();
  });

  it("are given back with all their copies", async () => {
    vi.stubGlobal("createImageBitmap", async (_: unknown, size?: ImageBitmapOptions) =>
      Object.assign(new FakeBitmap(), {
        width: size?.resizeWidth ?? 3840,
        height: size?.resizeHeight ?? 2160,
      }),
    );
    const pictures = new Pictures();
    const first = await pictures.load(makeWork({}, 1));
    expect(first.levels).toMatchObject([{ width: 1920 }, { width: 960 }]);
    for (let id = 2; id <= 9; id += 1) await pictures.load(makeWork({}, id));
    expect([first.source, ...(first.levels ?? [])]).toMatchObject(Array(3).fill({ closed: true }));
  });

  it("that failed can be tried again; a missing one is told from a server in trouble", async () => {
    const pictures = new Pictures();
    answers = [
      () => Promise.resolve(new Response("", { status: 404 })),
      () => Promise.resolve(new Response("", { status: 503 })),
      () => Promise.reject(new TypeError("Failed to fetch")),
    ];
    await expect(pictures.load(makeWork())).rejects.toMatchObject({ message: "HTTP 404", transient: false });
    await expect(pictures.load(makeWork())).rejects.toMatchObject({ message: "HTTP 503", transient: true });
    await expect(pictures.load(makeWork())).rejects.toMatchObject({ transient: true });
    expect((await pictures.load(makeWork())).width).toBe(200);
  });

  it("that cannot be decoded are broken for good", async () => {
    vi.stubGlobal("createImageBitmap", async () => {
      throw new DOMException("The source image could not be decoded.");
    });
    await expect(new Pictures().load(makeWork())).rejects.toMatchObject({ transient: false });
    expect(await new Pictures().preview(makeWork())).toBeNull();
  });
});

describe("where memory is short", () => {
  it("fewer pictures are kept", async () => {
    vi.stubGlobal("navigator", { deviceMemory: 4 });
    const pictures = new Pictures();
    const loaded = [];
    for (let id = 1; id <= 6; id += 1) loaded.push(await pictures.load(makeWork({}, id)));
    const closed = loaded.map((one) => (one.source as unknown as FakeBitmap).closed);
    expect(closed).toEqual([true, true, false, false, false, false]);
  });
});
