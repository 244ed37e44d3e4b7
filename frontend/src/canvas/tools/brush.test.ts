import { beforeEach, describe, expect, it } from "vitest";
import type { MaskShape } from "../shape";
import { testShape } from "../testing";
import { BrushTool } from "./brush";
import { at, type FakeContext, fakeContext } from "./testing";

const mask: MaskShape = {
  ...testShape("m", [0, 0, 200, 100]),
  kind: "mask",
  rle: { size: [100, 200], counts: "" },
};
let context: FakeContext;

beforeEach(() => {
  context = fakeContext([mask, testShape("box", [20, 20, 60, 60])]);
});

describe("brush", () => {
  it("a stroke is shown while it is painted and committed once, at the end", () => {
    const tool = new BrushTool(context);
    tool.pointerDown(at(50, 50));
    expect(context.startStroke).toHaveBeenCalledExactlyOnceWith(null, false);
    tool.pointerMove(at(80, 50));
    tool.pointerMove(at(80, 70));
    expect(tool.state).toBe("painting");
    expect(context.commitStroke).not.toHaveBeenCalled();
    tool.pointerUp();
    expect(context.commitStroke).toHaveBeenCalledTimes(1);
    const crop = context.commitStroke.mock.calls[0]?.[0].buffer.crop;
    const area = crop?.bits.reduce((sum, bit) => sum + bit, 0) ?? 0;
    // Two legs of 30 and 20 px, 24 px wide, and half a disc of 12 px at each end; the inner corner counts once.
    expect(area).toBeGreaterThan(1300);
    expect(area).toBeLessThan(1650);
  });

  it("it goes on with the selected mask, and Shift at its start takes away", () => {
    context.selectedId = "m";
    const tool = new BrushTool(context);
    tool.pointerDown(at(50, 50, { shift: true }));
    tool.pointerMove(at(60, 50));
    expect(context.startStroke).toHaveBeenLastCalledWith("m", true);
    expect(context.brush).toHaveBeenLastCalledWith({ at: at(60, 50).screen, radius: 12, erase: true });
    tool.pointerUp();
    new BrushTool(context, "eraser").pointerDown(at(50, 50));
    expect(context.startStroke).toHaveBeenLastCalledWith("m", true);
  });

  it("from nothing, and from a box, nothing is taken away", () => {
    const eraser = new BrushTool(context, "eraser");
    eraser.pointerDown(at(50, 50));
    context.selectedId = "box";
    eraser.pointerDown(at(50, 50));
    eraser.pointerUp();
    expect(context.startStroke).not.toHaveBeenCalled();
    expect(context.nothingToErase).toHaveBeenCalledTimes(2);
    new BrushTool(context).pointerDown(at(50, 50));
    expect(context.startStroke).toHaveBeenLastCalledWith(null, false);
  });

  it("cancel drops the stroke; one beside the picture is dropped by itself", () => {
    const tool = new BrushTool(context);
    tool.pointerDown(at(50, 50));
    expect(tool.cancel()).toBe(true);
    expect(context.dropStroke).toHaveBeenCalledTimes(1);
    tool.pointerUp();
    tool.pointerDown(at(500, 500));
    tool.pointerUp();
    expect(context.dropStroke).toHaveBeenCalledTimes(2);
    expect(context.commitStroke).not.toHaveBeenCalled();
    expect(tool.cancel()).toBe(false);
  });

  it("its size stays within bounds, and shows at once under the pointer", () => {
    const tool = new BrushTool(context);
    tool.pointerOver(at(50, 50));
    tool.setSize(30);
    expect(context.brush).toHaveBeenLastCalledWith({ at: at(50, 50).screen, radius: 30, erase: false });
    tool.setSize(0);
    expect(tool.size).toBe(0.5);
    tool.setSize(9999);
    expect(tool.size).toBe(500);
  });

  it("Alt and a click select, read-only work is not painted", () => {
    const tool = new BrushTool(context);
    tool.pointerDown(at(40, 40, true));
    tool.pointerUp();
    expect(context.selectedId).toBe("box");
    context.editable = false;
    tool.pointerDown(at(40, 40));
    expect(context.startStroke).not.toHaveBeenCalled();
  });
});
