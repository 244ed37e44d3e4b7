import { expect, test, vi } from "vitest";
import type { Proposal, Question } from "../proposal";
import { ProposeTool } from "./propose";
import { at, type FakeContext, fakeContext } from "./testing";
import type { ToolEvent } from "./tool";

const FOUND: Proposal = {
  bbox: [40, 30, 80, 60],
  rings: [[40, 30, 80, 30, 80, 60, 40, 60]],
  rle: null,
};

function setUp(answer: Proposal | null = FOUND): { tool: ProposeTool; context: FakeContext } {
  const context = fakeContext();
  context.propose.mockImplementation(async () => answer);
  return { tool: new ProposeTool(context), context };
}

async function click(tool: ProposeTool, event: ToolEvent): Promise<void> {
  tool.pointerDown(event);
  tool.pointerUp(event);
  await Promise.resolve();
  await Promise.resolve();
}

const asked = (context: FakeContext): Question => context.propose.mock.lastCall?.[0] as Question;
const shown = (context: FakeContext) => context.showProposal.mock.lastCall?.[0] ?? null;

test("a click asks, the answer is only shown, and a click in it takes it", async () => {
  const { tool, context } = setUp();
  tool.pointerDown(at(50, 40));
  tool.pointerUp(at(50, 40));
  expect(tool.state).toBe("asking");
  expect(tool.cursor()).toBe("progress");
  expect(shown(context)).toMatchObject({ waiting: true, proposal: null });
  await vi.waitFor(() => expect(tool.state).toBe("proposed"));
  expect(asked(context)).toMatchObject({ point: { x: 50, y: 40 }, box: null });
  expect(context.commitProposal).not.toHaveBeenCalled();
  await click(tool, at(60, 50));
  expect(context.commitProposal).toHaveBeenCalledExactlyOnceWith(FOUND);
  expect(shown(context)).toBeNull();
});

test("a drag asks for what is in the box", async () => {
  const { tool, context } = setUp();
  tool.pointerDown(at(30, 20));
  tool.pointerMove(at(90, 70));
  tool.pointerUp(at(90, 70));
  expect(asked(context)).toMatchObject({ point: null, box: [30, 20, 90, 70] });
});

test("Shift adds a point that is in it, Alt one that is not, and undo takes back the last answer", async () => {
  const { tool, context } = setUp();
  await click(tool, at(50, 40));
  await click(tool, at(90, 40, { shift: true }));
  expect(asked(context)).toMatchObject({ point: { x: 50, y: 40 }, inside: [{ x: 90, y: 40 }], size: 40 });
  await click(tool, at(41, 31, true));
  expect(asked(context)).toMatchObject({ inside: [{ x: 90, y: 40 }], outside: [{ x: 41, y: 31 }] });
  expect(tool.key("Undo")).toBe(true);
  expect(shown(context)?.question).toMatchObject({ inside: [{ x: 90, y: 40 }], outside: [] });
  expect(tool.key("Undo") && tool.key("Undo")).toBe(true);
  expect(tool.state).toBe("idle");
  expect(tool.key("Undo")).toBe(false);
});

test("Enter takes it, Escape drops it, and then both belong to others again", async () => {
  const { tool, context } = setUp();
  expect(tool.key("Enter")).toBe(false);
  await click(tool, at(50, 40));
  expect(tool.cancel()).toBe(true);
  expect(tool.cancel()).toBe(false);
  expect(context.commitProposal).not.toHaveBeenCalled();
  await click(tool, at(50, 40));
  expect(tool.key("Enter")).toBe(true);
  expect(context.commitProposal).toHaveBeenCalledOnce();
});

test("an answer that comes after it was dropped is not shown", async () => {
  const { tool, context } = setUp();
  let answer: (found: Proposal) => void = () => {};
  context.propose.mockImplementation(() => new Promise((resolve) => (answer = resolve)));
  await click(tool, at(50, 40));
  tool.cancel();
  answer(FOUND);
  await Promise.resolve();
  expect(tool.state).toBe("idle");
  expect(shown(context)).toBeNull();
});

test("nothing found, or a click beside the picture, leaves nothing behind", async () => {
  const { tool, context } = setUp(null);
  await click(tool, at(50, 40));
  expect(tool.state).toBe("idle");
  await click(tool, at(500, 40));
  expect(context.propose).toHaveBeenCalledOnce();
});
