import { beforeEach, describe, expect, it } from "vitest";
import { BoxTool } from "./box";
import { PanTool } from "./pan";
import { SelectTool } from "./select";
import { at as event, fakeContext } from "./testing";

let context: ReturnType<typeof fakeContext>;

beforeEach(() => {
  context = fakeContext();
});

describe("select tool", () => {
  it("a click selects and changes nothing", () => {
    const tool = new SelectTool(context);
    tool.pointerDown(event(50, 50));
    tool.pointerMove(event(52, 51));
    tool.pointerUp();
    expect(context.selectedId).toBe("a");
    expect(context.commitChange).not.toHaveBeenCalled();
    expect(tool.state).toBe("idle");
  });

  it("a drag moves the shape and commits once, at the end", () => {
    const tool = new SelectTool(context);
    tool.pointerDown(event(50, 50));
    tool.pointerMove(event(60, 50));
    expect(tool.state).toBe("moving");
    tool.pointerMove(event(70, 45));
    expect(context.commitChange).not.toHaveBeenCalled();
    tool.pointerUp();
    expect(context.commitChange).toHaveBeenCalledExactlyOnceWith("a", [40, 15, 100, 75]);
    expect(context.preview).toHaveBeenLastCalledWith("a", null);
  });

  it("a handle resizes, and stops at the image's border", () => {
    context.selectedId = "a";
    const tool = new SelectTool(context);
    tool.pointerDown(event(80, 80));
    tool.pointerMove(event(500, 500));
    expect(tool.state).toBe("resizing");
    tool.pointerUp();
    expect(context.commitChange).toHaveBeenCalledExactlyOnceWith("a", [20, 20, 200, 100]);
  });

  it("cancel ends a drag without a trace", () => {
    const tool = new SelectTool(context);
    tool.pointerDown(event(50, 50));
    tool.pointerMove(event(90, 90));
    expect(tool.cancel()).toBe(true);
    tool.pointerUp();
    expect(context.preview).toHaveBeenLastCalledWith("a", null);
    expect(context.commitChange).not.toHaveBeenCalled();
  });

  it("Alt and click walk through the overlap", () => {
    const tool = new SelectTool(context);
    for (const expected of ["a", "b", "a"]) {
      tool.pointerDown(event(50, 50, true));
      tool.pointerUp();
      expect(context.selectedId).toBe(expected);
    }
  });

  it("a drag on nothing pans, a click on nothing deselects", () => {
    context.selectedId = "a";
    const tool = new SelectTool(context);
    tool.pointerDown(event(198, 98));
    tool.pointerMove(event(188, 93));
    expect(context.panBy).toHaveBeenCalledWith(-10, -5);
    tool.pointerUp();
    expect(context.selectedId).toBe("a");
    tool.pointerDown(event(198, 98));
    tool.pointerUp();
    expect(context.selectedId).toBeNull();
  });

  it("read-only work can be selected but not moved", () => {
    context.editable = false;
    const tool = new SelectTool(context);
    tool.pointerDown(event(50, 50));
    tool.pointerMove(event(90, 90));
    tool.pointerUp();
    expect(context.selectedId).toBe("a");
    expect(context.commitChange).not.toHaveBeenCalled();
  });
});

describe("box tool", () => {
  it("a drag draws from corner to corner, inside the image", () => {
    const tool = new BoxTool(context);
    tool.pointerDown(event(150, 60));
    tool.pointerMove(event(300, 20));
    expect(tool.state).toBe("drawing");
    expect(context.drawing).toHaveBeenLastCalledWith([150, 20, 200, 60]);
    tool.pointerUp(event(300, 20));
    expect(context.commitNew).toHaveBeenCalledExactlyOnceWith([150, 20, 200, 60]);
    expect(context.drawing).toHaveBeenLastCalledWith(null);
  });

  it("a click selects what is under it", () => {
    const tool = new BoxTool(context);
    tool.pointerDown(event(50, 50));
    tool.pointerUp(event(50, 50));
    expect(context.commitNew).not.toHaveBeenCalled();
    expect(context.selectedId).toBe("a");
  });

  it("handles of the selection stay alive while drawing", () => {
    context.selectedId = "a";
    const tool = new BoxTool(context);
    tool.pointerDown(event(20, 20));
    tool.pointerMove(event(30, 30));
    tool.pointerUp(event(30, 30));
    expect(context.commitChange).toHaveBeenCalledExactlyOnceWith("a", [30, 30, 80, 80]);
    expect(context.commitNew).not.toHaveBeenCalled();
  });

  it("cancel forgets the box", () => {
    const tool = new BoxTool(context);
    tool.pointerDown(event(150, 60));
    tool.pointerMove(event(180, 20));
    expect(tool.cancel()).toBe(true);
    tool.pointerUp(event(180, 20));
    expect(context.commitNew).not.toHaveBeenCalled();
  });

  it("a drag outside the image draws nothing", () => {
    const tool = new BoxTool(context);
    tool.pointerDown(event(300, 300));
    tool.pointerMove(event(350, 350));
    tool.pointerUp(event(350, 350));
    expect(context.commitNew).not.toHaveBeenCalled();
  });
});

describe("pan tool", () => {
  it("moves the view by the way of the pointer", () => {
    const tool = new PanTool(context);
    tool.pointerDown(event(10, 10));
    tool.pointerMove(event(15, 8));
    tool.pointerMove(event(16, 8));
    tool.pointerUp();
    tool.pointerMove(event(100, 100));
    expect(context.panBy.mock.calls).toEqual([
      [5, -2],
      [1, 0],
    ]);
  });
});
