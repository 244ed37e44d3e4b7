import { beforeEach, describe, expect, it, vi } from "vitest";
import { screenPoint } from "../geometry/points";
import { ringsToMask } from "../masks/convert";
import { maskBox, runsArea } from "../masks/crop";
import { SameThread } from "../masks/maskThread";
import { type Rle, runsOf } from "../masks/rle";
import type { MaskShape } from "./shape";
import { Stage } from "./stage";
import type { StageEvents } from "./stageEvents";
import { TestHost, testShape } from "./testing";
import { BrushTool } from "./tools/brush";
import { toImage } from "./viewport";

const picture = { source: {} as CanvasImageSource, width: 400, height: 200, preview: false };
let host: TestHost;
let stage: Stage;
let shapes: MaskShape[];
let events: Required<Pick<StageEvents, "changeMask" | "drawMask">>;

function maskShape(id: string, rle: Rle): MaskShape {
  return { ...testShape(id, maskBox(rle)), kind: "mask", rle };
}

const areaOf = (rle: Rle | null | undefined) => (rle == null ? 0 : runsArea(runsOf(rle)));

beforeEach(() => {
  host = new TestHost();
  shapes = [];
  // As the desk does: a mask goes into the document, and the document comes back as shapes.
  events = {
    drawMask: vi.fn((rle: Rle) => {
      shapes = [...shapes, maskShape(`m${shapes.length}`, rle)];
      stage.setShapes(shapes);
      stage.setSelected(shapes.at(-1)?.id ?? null);
    }),
    changeMask: vi.fn((id: string, rle: Rle | null) => {
      shapes = shapes.flatMap((one) => (one.id !== id ? one : rle === null ? [] : maskShape(id, rle)));
      stage.setShapes(shapes);
    }),
  };
  stage = new Stage(document.createElement("div"), events, host, new SameThread());
  stage.resize({ width: 448, height: 248 });
  stage.setPicture(picture);
  stage.fitNow();
});

function event(x: number, y: number, shift = false) {
  const screen = screenPoint(x, y);
  return { screen, image: toImage(stage.viewport, screen), alt: false, shift };
}

function stroke(tool: BrushTool, from: [number, number], to: [number, number], shift = false): void {
  tool.pointerDown(event(...from, shift));
  tool.pointerMove(event(...to, shift));
  tool.pointerUp();
}

describe("masks on the stage", () => {
  it("a mask is drawn once it is decoded, and hit from then on where it has pixels", async () => {
    const { result } = ringsToMask([[0, 0, 100, 0, 0, 100]], [200, 400]);
    if (result === null) throw new Error("no mask");
    stage.setShapes([maskShape("m", result)]);
    host.calls.clear();
    host.frame();
    expect(host.calls.get("drawImage")).toBe(1); // the picture alone
    await vi.waitFor(() => {
      host.frame();
      expect(host.calls.get("drawImage")).toBeGreaterThan(1);
    });
    expect(stage.hit(screenPoint(24 + 20, 24 + 20))).toEqual({ kind: "body", id: "m" });
    expect(stage.hit(screenPoint(24 + 80, 24 + 80))).toBeNull();
  });

  it("a stroke makes a mask, the next one adds to it, and one that takes all away ends it", async () => {
    const tool = new BrushTool(stage);
    stroke(tool, [100, 100], [150, 100]);
    await stage.strokesDone;
    expect(events.drawMask).toHaveBeenCalledTimes(1);
    const first = areaOf(shapes[0]?.rle);
    expect(first).toBeGreaterThan(50 * 24);
    stroke(tool, [150, 100], [200, 100]);
    await stage.strokesDone;
    expect(events.drawMask).toHaveBeenCalledTimes(1);
    expect(areaOf(shapes[0]?.rle)).toBeGreaterThan(first + 40 * 24);
    tool.setSize(300);
    stroke(tool, [150, 100], [160, 100], true);
    await stage.strokesDone;
    expect(events.changeMask).toHaveBeenLastCalledWith("m0", null);
    expect(shapes).toEqual([]);
  });

  it("strokes in a hurry become one mask, each told once", async () => {
    const tool = new BrushTool(stage);
    stroke(tool, [100, 100], [120, 100]);
    stroke(tool, [120, 100], [140, 100]);
    stroke(tool, [140, 100], [160, 100]);
    await stage.strokesDone;
    expect(events.drawMask).toHaveBeenCalledTimes(1);
    expect(events.changeMask).toHaveBeenCalledTimes(2);
    expect(shapes).toHaveLength(1);
    expect(maskBox(shapes[0]?.rle ?? { size: [1, 1], counts: "" })).toEqual([64, 64, 148, 88]);
  });

  it("painting redraws the overlay alone", () => {
    host.frame();
    const before = { ...stage.counters.layerRedraws };
    const tool = new BrushTool(stage);
    tool.pointerDown(event(100, 100));
    for (let x = 100; x < 200; x += 5) {
      tool.pointerMove(event(x, 100));
      host.frame();
    }
    expect(stage.counters.layerRedraws.image).toBe(before.image);
    expect(stage.counters.layerRedraws.shapes).toBe(before.shapes);
    expect(stage.counters.layerRedraws.overlay).toBeGreaterThan(before.overlay + 15);
    tool.cancel();
  });

  it("a mask that cannot be read is asked for once and drawn as nothing", async () => {
    const broken = maskShape("m", { size: [200, 400], counts: "~~" });
    stage.setShapes([broken]);
    host.frame();
    await new Promise((done) => setTimeout(done, 0));
    host.frame();
    expect(stage.hit(screenPoint(100, 100))).toBeNull();
  });
});
