import { beforeEach, describe, expect, it, vi } from "vitest";
import { docFromWork } from "@/document/loadWork";
import { makeMaskWork, maskOf, ringOf, thresholds } from "@/document/testing";
import type { CanvasPort } from "@/editors";
import { AreaDesk } from "./areaDesk";
import { lacking } from "./lacking";
import type { ReviewSession } from "./reviewSession";
import { makeProject } from "./testing";

let desk: AreaDesk;
let canvas: CanvasPort;
const region = (id: string) => desk.document.doc.regions[id];
const noteText = () => desk.view.getState().note?.text;

beforeEach(() => {
  desk = new AreaDesk(makeProject({ task_type: "semantic_segmentation" }));
  desk.document.load(docFromWork(makeMaskWork(), thresholds), "p1");
  desk.view.setState({ phase: "working" });
  canvas = {
    fit: vi.fn(),
    zoomTo: vi.fn(),
    zoomBy: vi.fn(),
    reveal: vi.fn(),
    holdPan: vi.fn(),
    cancel: vi.fn(() => false),
    key: vi.fn(() => false),
    strokes: vi.fn(() => null),
    focus: vi.fn(),
  };
  desk.attach(canvas);
});

describe("tools of an editor", () => {
  it("a segmentation has polygons and the brush, a detector only boxes, a classifier none", () => {
    desk.setTool("box");
    expect(desk.view.getState().tool).toBe("select");
    desk.setTool("polygon");
    expect(desk.view.getState().tool).toBe("polygon");
    const boxes = new AreaDesk(makeProject());
    boxes.setTool("brush");
    expect(boxes.view.getState().tool).toBe("select");
    boxes.setTool("box");
    expect(boxes.view.getState().tool).toBe("box");
    const single = new AreaDesk(makeProject({ task_type: "image_classification" }));
    single.setTool("box");
    expect(single.view.getState().tool).toBe("select");
  });

  it("Esc cancels the gesture, then leaves the tool, then lets the selection go", () => {
    desk.setTool("brush");
    vi.mocked(canvas.cancel).mockReturnValueOnce(true);
    desk.escape();
    expect(desk.view.getState().tool).toBe("brush");
    desk.escape();
    expect(desk.view.getState().tool).toBe("select");
    desk.escape();
    expect(desk.document.state.selectedId).toBeNull();
  });

  it("the brush pressed again begins a new mask; its size goes by quarters within bounds", () => {
    desk.setTool("brush");
    expect(desk.document.state.selectedId).toBe("p1");
    desk.setTool("brush");
    expect(desk.document.state.selectedId).toBeNull();
    desk.resizeBrush(1.25);
    expect(desk.view.getState().brushRadius).toBe(15);
    expect(noteText()).toBe("Brush 30 px");
    for (let n = 0; n < 60; n += 1) desk.resizeBrush(1.25);
    expect(desk.view.getState().brushRadius).toBe(500);
    desk.setBrushRadius(0);
    expect(desk.view.getState().brushRadius).toBe(0.5);
  });
});

describe("what gestures end with", () => {
  it("a polygon and a mask get the next class and are selected; undo takes each back", () => {
    desk.chooseClass(2);
    desk.select(null);
    desk.chooseClass(3);
    desk.drawRings(ringOf(10, 10, 30, 30));
    const drawn = desk.document.state.selectedId ?? "";
    expect(region(drawn)).toMatchObject({ kind: "polygon", classId: 3, state: "manual" });
    desk.drawMask(maskOf(50, 50, 60, 60));
    expect(region(desk.document.state.selectedId ?? "")).toMatchObject({ kind: "mask", classId: 3 });
    desk.undo();
    expect(noteText()).toBe("Undone: new mask");
    desk.undo();
    expect(region(drawn)).toBeUndefined();
  });

  it("a sliver between the centres of pixels is not taken, and says so", () => {
    const changes = desk.document.state.changes;
    desk.drawRings([[10.6, 10, 10.9, 10, 10.9, 40]]);
    expect(desk.document.state.changes).toBe(changes);
    expect(noteText()).toContain("no pixel");
  });

  it("painting edits the guess; a mask that is all taken away is rejected, one's own deleted, and both come back", () => {
    desk.setMask("p1", maskOf(0, 0, 200, 50));
    expect(region("p1")).toMatchObject({ state: "edited", bbox: [0, 0, 200, 50] });
    desk.setMask("p1", null);
    expect(region("p1")?.state).toBe("rejected");
    desk.undo();
    expect(region("p1")).toMatchObject({ state: "edited", bbox: [0, 0, 200, 50] });
    desk.drawMask(maskOf(1, 1, 4, 4));
    const own = desk.document.state.selectedId ?? "";
    desk.setMask(own, null);
    expect(region(own)).toBeUndefined();
    desk.undo();
    expect(region(own)).toMatchObject({ kind: "mask" });
  });

  it("a stroke that comes too late for a rejected guess does not bring it back", () => {
    desk.rejectSelected();
    desk.setMask("p1", maskOf(0, 0, 9, 9));
    expect(region("p1")?.state).toBe("rejected");
  });

  it("the eraser says why nothing happens", () => {
    desk.select(null);
    desk.nothingToErase();
    expect(noteText()).toBe("Select a mask to take from it.");
    desk.drawRings(ringOf(10, 10, 30, 30));
    desk.nothingToErase();
    expect(noteText()).toContain("Shift + M");
  });

  it("arrows move a polygon and leave a mask where it is", () => {
    desk.nudge(1, 0);
    expect(noteText()).toContain("brush");
    desk.drawRings(ringOf(10, 10, 30, 30));
    desk.nudge(0, 10);
    expect(region(desk.document.state.selectedId ?? "")?.bbox).toEqual([10, 20, 30, 40]);
  });

  it("read-only work is not changed by anything", () => {
    desk.view.setState({ readOnly: true });
    const before = desk.document.doc;
    desk.drawRings(ringOf(10, 10, 30, 30));
    desk.drawMask(maskOf(0, 0, 9, 9));
    desk.setMask("p1", null);
    desk.setRings("p1", ringOf(0, 0, 9, 9));
    desk.stackSelected("front");
    desk.reshapeSelected("polygon");
    expect(desk.document.doc).toBe(before);
  });
});

describe("what the tool or the brush is still at", () => {
  it("undo takes back the last corner of a polygon on its way before anything else", () => {
    desk.acceptSelected();
    vi.mocked(canvas.key).mockReturnValueOnce(true);
    desk.undo();
    expect(canvas.key).toHaveBeenCalledWith("Undo");
    expect(region("p1")?.state).toBe("accepted");
  });

  it("undo waits for strokes on their way, and takes back the stroke, not what was before it", async () => {
    desk.acceptSelected();
    let arrive = () => {};
    const painted = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    vi.mocked(canvas.strokes).mockReturnValueOnce(painted);
    desk.undo();
    expect(region("p1")?.state).toBe("accepted");
    desk.setMask("p1", maskOf(0, 0, 200, 50));
    arrive();
    await painted;
    expect(region("p1")).toMatchObject({ state: "accepted", bbox: [0, 0, 200, 40] });
  });
});

describe("conversions", () => {
  it("a mask becomes a polygon and again a mask, each one step, with its loss told", async () => {
    desk.select("p3");
    desk.reshapeSelected("polygon");
    await vi.waitFor(() => expect(region("p3")?.kind).toBe("polygon"));
    expect(region("p3")).toMatchObject({ state: "edited", bbox: [20, 50, 60, 80] });
    expect(noteText()).toBe("A polygon of 4 corners now, IoU loss 0.0 %");
    desk.reshapeSelected("mask");
    await vi.waitFor(() => expect(region("p3")?.kind).toBe("mask"));
    expect(region("p3")?.state).toBe("accepted");
    desk.undo();
    expect(region("p3")?.kind).toBe("polygon");
    desk.undo();
    expect(region("p3")).toMatchObject({ kind: "mask", state: "accepted" });
  });

  it("the loss is known before: what is tried changes nothing", async () => {
    const before = desk.document.doc;
    desk.setTolerance(30);
    expect(desk.view.getState().tolerance).toBe(20);
    const made = await desk.tryReshape("p3", "polygon");
    expect(made).toMatchObject({ corners: 4, iou: 1 });
    expect(desk.document.doc).toBe(before);
  });

  it("what cannot be converted says so, and a region changed meanwhile is left alone", async () => {
    desk.reshapeSelected("mask");
    await vi.waitFor(() => expect(noteText()).toBe("Only a polygon can be turned into a mask."));
    desk.select("p3");
    desk.reshapeSelected("polygon");
    desk.setMask("p3", maskOf(0, 0, 9, 9));
    await desk.tryReshape("p3", "polygon");
    expect(region("p3")).toMatchObject({ kind: "mask", bbox: [0, 0, 9, 9] });
  });

  it("the palette greys what the selection is not", () => {
    const session = Object.assign(desk, { trail: { before: () => null, after: null } });
    const missing = () => lacking(session as unknown as ReviewSession);
    expect([missing().has("mask"), missing().has("polygon")]).toEqual([false, true]);
    desk.drawRings(ringOf(10, 10, 30, 30));
    expect([missing().has("mask"), missing().has("polygon")]).toEqual([true, false]);
  });
});

describe("drawing order", () => {
  it("a region is laid above or below all others, undone as any step", () => {
    desk.stackSelected("front");
    expect(desk.document.doc.order).toEqual(["p2", "p3", "p1"]);
    desk.stackSelected("front");
    expect(noteText()).toBe("It lies above all others already.");
    desk.undo();
    expect(desk.document.doc.order).toEqual(["p1", "p2", "p3"]);
  });
});
