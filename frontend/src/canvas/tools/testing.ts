import { type Mock, vi } from "vitest";
import { imagePoint, type ScreenPoint, screenPoint } from "../../geometry/points";
import { type HitQuery, hitNext, hitTest } from "../hitTest";
import type { MaskArt } from "../maskStore";
import type { Shape } from "../shape";
import { ShapeIndex } from "../shapeIndex";
import { snapPoint } from "../snapping";
import { StrokeSight } from "../strokeSight";
import { TestHost, testShape } from "../testing";
import type { ToolContext, ToolEvent } from "./tool";

const view = { scale: 1, x: 0, y: 0 };
const TWO_BOXES = [testShape("a", [20, 20, 80, 80]), testShape("b", [10, 10, 190, 90])];

export type FakeContext = {
  [K in keyof ToolContext]: ToolContext[K] extends (...args: never[]) => unknown
    ? Mock<ToolContext[K]>
    : ToolContext[K];
} & {
  selectedId: string | null;
  editable: boolean;
};

/** What a tool sees of a picture of 200 × 100 px, seen 1:1, with two boxes on it unless others are given. */
export function fakeContext(shapes: readonly Shape[] = TWO_BOXES, art: MaskArt | null = null): FakeContext {
  const index = new ShapeIndex(shapes);
  const imageSize = { width: 200, height: 100 };
  const query = (at: ScreenPoint): HitQuery => ({
    at,
    view,
    index,
    selectedId: context.selectedId,
    tolerance: 4,
    looks: () => art,
  });
  const context: FakeContext = {
    imageSize,
    selectedId: null,
    editable: true,
    shape: vi.fn((id) => index.get(id)),
    hit: vi.fn((at) => hitTest(query(at))),
    hitNext: vi.fn((at) => hitNext(query(at))),
    snap: vi.fn((at, except) => snapPoint(index, imageSize, at, 8, except)),
    toScreenPoint: vi.fn(screenPoint),
    select: vi.fn((id) => {
      context.selectedId = id;
    }),
    hover: vi.fn(),
    preview: vi.fn(),
    previewRings: vi.fn(),
    drawing: vi.fn(),
    draft: vi.fn(),
    showSnap: vi.fn(),
    markVertex: vi.fn(),
    crosshair: vi.fn(),
    brush: vi.fn(),
    panBy: vi.fn(),
    commitChange: vi.fn(),
    commitNew: vi.fn(),
    commitRings: vi.fn(),
    commitNewRings: vi.fn(),
    propose: vi.fn(async () => null),
    showProposal: vi.fn(),
    commitProposal: vi.fn(),
    startStroke: vi.fn(
      (target, erase) => new StrokeSight(new TestHost(), imageSize, target, erase, "#ff0000"),
    ),
    strokeChanged: vi.fn(),
    dropStroke: vi.fn(),
    commitStroke: vi.fn(),
    nothingToErase: vi.fn(),
  };
  return context;
}

/** The pointer at (x, y), with Alt or other keys held. */
export function at(x: number, y: number, held: boolean | Partial<ToolEvent> = false): ToolEvent {
  const keys = typeof held === "boolean" ? { alt: held } : held;
  return { screen: screenPoint(x, y), image: imagePoint(x, y), alt: false, shift: false, ...keys };
}
