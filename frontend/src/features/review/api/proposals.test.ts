import { afterEach, expect, test, vi } from "vitest";
import type { Question } from "@/canvas/proposal";
import { imagePoint } from "@/geometry/points";
import { fakeBackend } from "@/test/backend";
import { proposeByModel } from "./proposals";

const ASKED: Question = { point: imagePoint(5, 6), box: null, inside: [], outside: [], size: null };
const WHERE = "/api/items/3/propose/model/";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("the answer is asked for until it is there", async () => {
  const row = { bbox: [1, 2, 3, 4], rings: [[1, 2, 3, 2, 3, 4]], class_id: 7, score: 0.9 };
  let asked = 0;
  const log = fakeBackend({
    [`POST ${WHERE}`]: { status: 202, body: { request: 12 } },
    [`GET ${WHERE}12/`]: () => {
      asked += 1;
      return asked < 3
        ? { status: 202, body: { ready: false } }
        : { body: { ready: true, proposal: row, ms: 30 } };
    },
  });
  const found = await proposeByModel(3, ASKED, false);
  expect(found).toEqual({ bbox: row.bbox, rings: row.rings, rle: null, classId: 7 });
  expect(log[0]?.body).toMatchObject({ point: [5, 6], box: null, mask: false });
  expect(asked).toBe(3);
});

test("after two seconds nobody waits any more", async () => {
  vi.useFakeTimers();
  fakeBackend({
    [`POST ${WHERE}`]: { status: 202, body: { request: 12 } },
    [`GET ${WHERE}12/`]: { status: 202, body: { ready: false } },
  });
  const waiting = proposeByModel(3, ASKED, false).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(2100);
  expect(await waiting).toMatchObject({ code: "model_silent" });
});

test("a refusal is handed on at once", async () => {
  const body = { code: "no_segmentation_model", message: "none", details: {} };
  fakeBackend({ [`POST ${WHERE}`]: { status: 409, body } });
  await expect(proposeByModel(3, ASKED, false)).rejects.toMatchObject({ code: "no_segmentation_model" });
});
