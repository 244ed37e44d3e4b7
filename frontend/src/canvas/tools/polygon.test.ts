import { beforeEach, describe, expect, it } from "vitest";
import type { PolygonShape } from "../shape";
import { testShape } from "../testing";
import { PolygonTool } from "./polygon";
import { SelectTool } from "./select";
import { at, type FakeContext, fakeContext } from "./testing";
import type { Tool } from "./tool";

const triangle: PolygonShape = {
  ...testShape("t", [20, 20, 60, 60]),
  kind: "polygon",
  rings: [[20, 20, 60, 20, 20, 60]],
};
const box = testShape("box", [120, 20, 160, 60]);
let context: FakeContext;

function click(tool: Tool, x: number, y: number, keys = {}): void {
  tool.pointerDown(at(x, y, keys));
  tool.pointerUp(at(x, y, keys));
}

beforeEach(() => {
  context = fakeContext([triangle, box]);
});

describe("drawing a polygon", () => {
  it("click by click, closed by a click on the first vertex, it is told once", () => {
    const tool = new PolygonTool(context);
    for (const [x, y] of [
      [75, 70],
      [100, 70],
      [100, 85],
    ] as const)
      click(tool, x, y);
    tool.pointerOver(at(76, 72));
    expect(context.draft).toHaveBeenLastCalledWith({
      points: [75, 70, 100, 70, 100, 85],
      next: null,
      closing: true,
    });
    expect(context.commitNewRings).not.toHaveBeenCalled();
    click(tool, 76, 72);
    expect(context.commitNewRings).toHaveBeenCalledExactlyOnceWith([[75, 70, 100, 70, 100, 85]]);
    expect(context.draft).toHaveBeenLastCalledWith(null);
    expect(tool.state).toBe("idle");
  });

  it("Enter and a double click close it, but not before the third vertex", () => {
    const tool = new PolygonTool(context);
    click(tool, 75, 70);
    click(tool, 100, 70);
    expect(tool.key("Enter")).toBe(true);
    expect(tool.state).toBe("drawing");
    click(tool, 100, 85);
    expect(tool.key("Enter")).toBe(true);
    expect(context.commitNewRings).toHaveBeenCalledExactlyOnceWith([[75, 70, 100, 70, 100, 85]]);
    expect(tool.key("Enter")).toBe(false);
    for (const x of [75, 95, 105]) click(tool, x, x === 95 ? 70 : 85);
    click(tool, 106, 85);
    expect(context.commitNewRings).toHaveBeenCalledTimes(2);
  });

  it("Backspace takes the last vertex back, and the first one ends the drawing", () => {
    const tool = new PolygonTool(context);
    click(tool, 75, 70);
    click(tool, 100, 70);
    expect(tool.key("Backspace")).toBe(true);
    expect(context.draft).toHaveBeenLastCalledWith({ points: [75, 70], next: null, closing: false });
    expect(tool.key("Backspace")).toBe(true);
    expect(tool.state).toBe("idle");
    expect(tool.key("Backspace")).toBe(false);
  });

  it("Esc forgets it, and a press that the system takes away does not", () => {
    const tool = new PolygonTool(context);
    tool.pointerDown(at(75, 70));
    tool.interrupt();
    expect(tool.state).toBe("drawing");
    expect(tool.cancel()).toBe(true);
    expect(tool.state).toBe("idle");
    expect(tool.cancel()).toBe(false);
    expect(context.commitNewRings).not.toHaveBeenCalled();
  });

  it("vertices are drawn to those of others, to edges, and to the border; Ctrl lets them lie", () => {
    const tool = new PolygonTool(context);
    click(tool, 117, 17);
    click(tool, 140, 64);
    click(tool, 195, 94, { ctrl: true });
    click(tool, 195, 80);
    tool.key("Enter");
    expect(context.commitNewRings).toHaveBeenCalledExactlyOnceWith([[120, 20, 140, 60, 195, 94, 200, 80]]);
  });

  it("while the button is down the vertex follows the pointer", () => {
    const tool = new PolygonTool(context);
    tool.pointerDown(at(75, 70));
    tool.pointerMove(at(80, 75));
    expect(context.draft).toHaveBeenLastCalledWith({ points: [80, 75], next: null, closing: false });
    tool.pointerUp(at(80, 75));
    tool.pointerOver(at(90, 75));
    expect(context.draft).toHaveBeenLastCalledWith({ points: [80, 75], next: [90, 75], closing: false });
  });

  it("what has no area, and all of it in read-only work, is not told", () => {
    const tool = new PolygonTool(context);
    for (const x of [70, 90, 110]) click(tool, x, 80);
    tool.key("Enter");
    context.editable = false;
    click(tool, 75, 70);
    expect(tool.state).toBe("idle");
    expect(context.commitNewRings).not.toHaveBeenCalled();
  });
});

describe("putting a polygon right", () => {
  it("a vertex is dragged, and told at the end", () => {
    context.selectedId = "t";
    for (const tool of [new SelectTool(context), new PolygonTool(context)]) {
      context.commitRings.mockClear();
      tool.pointerDown(at(60, 20));
      tool.pointerMove(at(70, 25));
      expect(tool.state).toBe(tool.name === "select" ? "reshaping" : "adjusting");
      expect(context.commitRings).not.toHaveBeenCalled();
      tool.pointerUp(at(70, 25));
      expect(context.commitRings).toHaveBeenCalledExactlyOnceWith("t", [[20, 20, 70, 25, 20, 60]]);
      expect(context.previewRings).toHaveBeenLastCalledWith("t", null);
    }
  });

  it("a click on the selection begins the polygon beside it, which shares the vertex", () => {
    context.selectedId = "t";
    const tool = new PolygonTool(context);
    click(tool, 59, 21);
    expect(tool.state).toBe("drawing");
    click(tool, 90, 30);
    click(tool, 90, 50);
    tool.key("Enter");
    expect(context.commitRings).not.toHaveBeenCalled();
    expect(context.commitNewRings).toHaveBeenCalledExactlyOnceWith([[60, 20, 90, 30, 90, 50]]);
  });

  it("a drag from an edge of the selection pulls a new vertex out of it", () => {
    context.selectedId = "t";
    const tool = new SelectTool(context);
    tool.pointerDown(at(40, 20));
    tool.pointerMove(at(42, 12));
    tool.pointerUp();
    expect(context.commitRings).toHaveBeenCalledExactlyOnceWith("t", [[20, 20, 42, 12, 60, 20, 20, 60]]);
    expect(context.markVertex).toHaveBeenLastCalledWith({ id: "t", ring: 0, vertex: 1 });
  });

  it("a drag from an edge of another polygon moves it, to the border at most", () => {
    const tool = new SelectTool(context);
    tool.pointerDown(at(40, 20));
    tool.pointerMove(at(40, -60));
    tool.pointerUp();
    expect(context.commitRings).toHaveBeenCalledExactlyOnceWith("t", [[20, 0, 60, 0, 20, 40]]);
  });

  it("Delete takes out the pressed vertex, but none of a triangle; without one the key is free", () => {
    context.selectedId = "t";
    const tool = new SelectTool(context);
    expect(tool.key("Delete")).toBe(false);
    click(tool, 60, 20);
    expect(tool.key("Delete")).toBe(true);
    expect(context.commitRings).not.toHaveBeenCalled();
    expect(tool.key("Delete")).toBe(false);

    const square: PolygonShape = { ...triangle, rings: [[20, 20, 60, 20, 60, 60, 20, 60]] };
    context = fakeContext([square]);
    context.selectedId = "t";
    const other = new SelectTool(context);
    click(other, 60, 60);
    expect(other.key("Delete")).toBe(true);
    expect(other.key("Delete")).toBe(false);
    expect(context.commitRings).toHaveBeenCalledExactlyOnceWith("t", [[20, 20, 60, 20, 20, 60]]);
  });

  it("cancel leaves it as it was", () => {
    context.selectedId = "t";
    const tool = new SelectTool(context);
    tool.pointerDown(at(60, 20));
    tool.pointerMove(at(90, 25));
    expect(tool.cancel()).toBe(true);
    tool.pointerUp();
    expect(context.previewRings).toHaveBeenLastCalledWith("t", null);
    expect(context.commitRings).not.toHaveBeenCalled();
  });
});
