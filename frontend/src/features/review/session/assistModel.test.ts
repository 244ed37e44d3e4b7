import { afterEach, expect, test, vi } from "vitest";
import type { Question } from "@/canvas/proposal";
import { listRegions } from "@/document/region";
import { imagePoint } from "@/geometry/points";
import { Outbox } from "@/outbox/outbox";
import { MemoryStorage } from "@/outbox/storage";
import { ReviewSession } from "./reviewSession";
import { asPictures, FakePictures, FakeServer, makeProject, refusal, settle } from "./testing";

let server: FakeServer;
let session: ReviewSession;
const ASKED: Question = { point: imagePoint(50, 40), box: null, inside: [], outside: [], size: null };
const BY_COLOUR = { bbox: [40, 30, 80, 60], rings: [[40, 30, 80, 30, 80, 60]], rle: null } as const;
const BY_MODEL = { ...BY_COLOUR, bbox: [30, 20, 90, 70], classId: 2 } as const;
const DEPLOYED = { source_id: 1, variant_id: 4, name: "m v1", since: "" };

async function begin(change: Parameters<typeof makeProject>[0] = {}): Promise<void> {
  server = new FakeServer([1, 2]);
  server.answer = BY_COLOUR;
  server.modelAnswer = BY_MODEL;
  const outbox = new Outbox({ owner: 1, storage: new MemoryStorage(), transport: server });
  const project = makeProject({ task_type: "semantic_segmentation", deployment: DEPLOYED, ...change });
  session = new ReviewSession({ project, api: server, outbox, pictures: asPictures(new FakePictures()) });
  session.start(null);
  await settle();
}

afterEach(() => {
  vi.useRealTimers();
  session.stop();
});
const note = () => session.view.getState().note?.text;
const newest = () => listRegions(session.document.doc).find((region) => region.state === "manual");

test("the deployed model is asked first, its class is said, and what is taken has it", async () => {
  await begin();
  expect(await session.propose(ASKED)).toEqual(BY_MODEL);
  expect(server.toModel).toEqual([{ itemId: 1, question: ASKED, mask: false }]);
  expect(server.questions).toEqual([]);
  expect(note()).toMatch(/takes it for person/);
  session.takeProposal(BY_MODEL);
  expect(newest()).toMatchObject({ kind: "polygon", classId: 2 });
});

test("a class that the project no longer has gives way to the one that new regions get", async () => {
  await begin();
  session.takeProposal({ ...BY_MODEL, classId: 99 });
  expect(newest()).toMatchObject({ classId: 1 });
});

test.each([
  ["model_silent", 504, /no answer in 2 seconds; proposed by colour/],
  ["no_segmentation_model", 409, /No segmentation model is deployed any more/],
  ["bad_artifact", 409, /could not answer \(bad_artifact\); proposed by colour/],
] as const)("after %s colour answers, and the status says why", async (code, status, words) => {
  await begin();
  server.failures.model = [refusal(status, code)];
  expect(await session.propose(ASKED)).toEqual(BY_COLOUR);
  expect(note()).toMatch(words);
  expect(note()).toMatch(/Enter takes it/);
  expect(await session.propose({ ...ASKED })).toEqual(BY_MODEL);
});

test("where the model sees nothing colour answers", async () => {
  await begin();
  server.modelAnswer = null;
  expect(await session.propose(ASKED)).toEqual(BY_COLOUR);
  expect(note()).toMatch(/sees none of the classes there/);
});

test("a model that has been silent three times is not waited for again for a minute", async () => {
  await begin();
  vi.useFakeTimers({ toFake: ["Date"] });
  server.failures.model = [1, 2, 3].map(() => refusal(504, "model_silent"));
  for (let turn = 0; turn < 4; turn += 1) await session.propose({ ...ASKED });
  expect(server.toModel).toHaveLength(3);
  vi.advanceTimersByTime(60_000);
  expect(await session.propose({ ...ASKED })).toEqual(BY_MODEL);
});

test("what is to be taken away is a matter of colour; without a deployment or with boxes so is all", async () => {
  await begin();
  await session.propose({ ...ASKED, outside: [imagePoint(1, 1)] });
  session.stop();
  expect(server.toModel).toEqual([]);
  for (const change of [{ deployment: null }, { task_type: "object_detection" }] as const) {
    await begin(change);
    expect(await session.propose(ASKED)).toEqual(BY_COLOUR);
    expect(server.toModel).toEqual([]);
    session.stop();
  }
});

test("who asked for something else meanwhile gets no late answer, nor a word of it", async () => {
  await begin();
  server.failures.model = [refusal(504, "model_silent")];
  const first = session.propose(ASKED);
  const second = session.propose({ ...ASKED, point: imagePoint(9, 9) });
  expect(await first).toBeNull();
  expect(await second).toEqual(BY_MODEL);
  expect(server.questions).toEqual([]);
  expect(note()).toMatch(/takes it for person/);
});

test("a server without colour still offers the tool where a model is deployed", async () => {
  await begin({ can_cut_out: false });
  expect(session.tools).toContain("cutOut");
});
