import { afterEach, beforeEach, expect, test } from "vitest";
import type { Question } from "@/canvas/proposal";
import { listRegions } from "@/document/region";
import { imagePoint } from "@/geometry/points";
import { ApiError } from "@/lib/api";
import { Outbox } from "@/outbox/outbox";
import { MemoryStorage } from "@/outbox/storage";
import { ReviewSession } from "./reviewSession";
import { asPictures, FakePictures, FakeServer, makeProject } from "./testing";

let server: FakeServer;
let session: ReviewSession;
const ASKED: Question = {
  point: imagePoint(50, 40),
  box: null,
  inside: [],
  outside: [],
  size: null,
};
const FOUND = {
  bbox: [40.004, 30, 80, 60],
  rings: [[40, 30, 80, 30, 80, 60]],
  rle: null,
} as const;

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}

async function begin(change: Parameters<typeof makeProject>[0] = {}): Promise<void> {
  session?.stop();
  server = new FakeServer([1, 2]);
  const outbox = new Outbox({ owner: 1, storage: new MemoryStorage(), transport: server });
  const pictures = asPictures(new FakePictures());
  session = new ReviewSession({ project: makeProject(change), api: server, outbox, pictures });
  session.start(null);
  await settle();
}

beforeEach(() => begin());
afterEach(() => session.stop());
const note = () => session.view.getState().note?.text;
const newest = () => listRegions(session.document.doc).find((region) => region.state === "manual");

test("a question carries how large the objects of the class are, and an answer that is taken becomes one", async () => {
  server.answer = FOUND;
  expect(await session.propose(ASKED)).toEqual(FOUND);
  const sent = server.questions[0];
  expect(sent).toMatchObject({ itemId: 1, mask: false });
  expect(sent?.question.size).toBeGreaterThan(0);
  session.takeProposal(FOUND);
  expect(newest()).toMatchObject({ kind: "bbox", bbox: [40, 30, 80, 60], classId: 1 });
  session.undo();
  expect(newest()).toBeUndefined();
});

test("where areas are drawn it becomes a polygon, or a mask for whoever had the brush", async () => {
  await begin({ task_type: "semantic_segmentation" });
  session.takeProposal(FOUND);
  expect(newest()).toMatchObject({ kind: "polygon" });
  session.setTool("brush");
  session.setTool("cutOut");
  await session.propose(ASKED);
  expect(server.questions[0]?.mask).toBe(true);
});

test("nothing found, a refusal and a server without the tool are said", async () => {
  expect(await session.propose(ASKED)).toBeNull();
  expect(note()).toMatch(/Nothing stands out/);
  server.failures.propose = [new ApiError(503, "busy", "too much at once")];
  expect(await session.propose(ASKED)).toBeNull();
  expect(note()).toMatch(/too much at once/);
  await begin({ can_cut_out: false });
  session.setTool("cutOut");
  expect(session.tools).toEqual(["select", "box"]);
  expect(session.view.getState().tool).toBe("select");
  expect(note()).toMatch(/cannot propose/);
});
