import { beforeEach, describe, expect, it, vi } from "vitest";
import { screenPoint } from "../geometry/points";
import { BACKDROP } from "./layers";
import { Stage } from "./stage";
import { gridPolygons, gridShapes, TestHost, testShape } from "./testing";
import { SelectTool } from "./tools/select";
import { toImage } from "./viewport";

const picture = { source: {} as CanvasImageSource, width: 5000, height: 2500, preview: false };
let host: TestHost;
let stage: Stage;

beforeEach(() => {
  host = new TestHost();
  stage = new Stage(document.createElement("div"), {}, host);
  stage.resize({ width: 1000, height: 500 });
  stage.setPicture(picture);
  stage.fitNow();
});

function event(x: number, y: number) {
  const screen = screenPoint(x, y);
  return { screen, image: toImage(stage.viewport, screen), alt: false, shift: false };
}

describe("stage", () => {
  it("of 5,000 shapes only those in sight are drawn", () => {
    stage.setShapes(gridShapes(5000));
    host.frame();
    expect(stage.counters.drawn).toBe(5000);
    stage.zoomTo([2000, 1000, 2100, 1050]);
    host.frame();
    expect(stage.counters.drawn).toBeGreaterThan(0);
    expect(stage.counters.drawn).toBeLessThanOrEqual(20);
    expect(stage.counters.drawn + stage.counters.culled).toBe(5000);
  });

  it("many changes within one frame are drawn once", () => {
    host.frame();
    const before = { ...stage.counters.layerRedraws };
    for (let step = 0; step < 10; step += 1) stage.setShapes(gridShapes(100 + step));
    host.frame();
    expect(stage.counters.layerRedraws.shapes).toBe(before.shapes + 1);
    expect(stage.counters.layerRedraws.image).toBe(before.image);
  });

  it("dragging a box redraws the overlay alone", () => {
    stage.setShapes(gridShapes(5000));
    stage.setSelected("s2550");
    host.frame();
    const tool = new SelectTool(stage);
    const box = stage.toScreen("s2550");
    if (box === null) throw new Error("not shown");
    const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    tool.pointerDown(event(x, y));
    const before = { ...stage.counters.layerRedraws };
    for (let step = 1; step <= 20; step += 1) {
      tool.pointerMove(event(x + step * 3, y));
      host.frame();
    }
    expect(stage.counters.layerRedraws.overlay).toBeGreaterThan(before.overlay + 15);
    expect(stage.counters.layerRedraws.shapes).toBe(before.shapes);
    expect(stage.counters.layerRedraws.image).toBe(before.image);
  });

  it("while the view moves over many shapes a copy is shown, and they are drawn sharp when it rests", () => {
    stage.setShapes(gridShapes(5000));
    host.frame();
    for (let step = 0; step < 5; step += 1) {
      stage.panBy(3, 0);
      host.frame();
    }
    expect(stage.counters.blits).toBe(5);
    expect(stage.moving).toBe(true);
    host.pass(150);
    expect(stage.moving).toBe(false);
    expect(stage.counters.blits).toBe(5);
  });

  it("a gesture over 5,000 boxes draws a frame of two copies: of the picture, and of the shapes by the nearest pixel", () => {
    const [half, quarter] = [{}, {}] as CanvasImageSource[];
    stage.setPicture({ ...picture, levels: [half, quarter] as CanvasImageSource[] });
    stage.setShapes(gridShapes(5000));
    host.frame();
    // Fitted, a pixel of the picture takes (1000 - 48) / 5000 = .19 of one on the screen.
    expect(host.drawn.at(-1)).toEqual({ source: quarter, smooth: true });
    stage.zoomAt(screenPoint(500, 250), 2);
    host.frame();
    const before = structuredClone(stage.counters);
    host.drawn.length = 0;
    for (let step = 0; step < 4; step += 1) {
      stage.zoomAt(screenPoint(500, 250), 1.01);
      host.frame();
    }
    expect(host.drawn.map(({ smooth }) => smooth)).toEqual(Array(4).fill([true, false]).flat());
    expect(host.drawn.filter((_, n) => n % 2 === 0).every(({ source }) => source === half)).toBe(true);
    expect(stage.counters.blits).toBe(before.blits + 4);
    expect(stage.counters.layerRedraws).toEqual({
      image: before.layerRedraws.image + 4,
      shapes: before.layerRedraws.shapes + 4,
      overlay: before.layerRedraws.overlay,
    });
  });

  it("the lowest layer is opaque, in the colour that is behind it", () => {
    host = new TestHost();
    const container = document.createElement("div");
    const made = vi.spyOn(host, "createCanvas");
    stage = new Stage(container, {}, host);
    expect(container.style.backgroundColor).toBe(BACKDROP);
    stage.resize({ width: 1000, height: 500 });
    host.frame();
    const [image] = made.mock.results;
    expect(image?.value.getContext("2d").fillStyle).toBe(BACKDROP);
    // The picture's layer is filled, the other two are cleared.
    expect([host.calls.get("fillRect"), host.calls.get("clearRect")]).toEqual([1, 2]);
  });

  it("2,000 polygons are culled, batched into one path, and copied while the view moves", () => {
    stage.setShapes(gridPolygons(2000));
    host.calls.clear();
    host.frame();
    expect(stage.counters.drawn).toBe(2000);
    // A fill and two strokes at most, whatever their number.
    expect(host.calls.get("fill")).toBe(1);
    expect(host.calls.get("stroke")).toBe(1);
    host.calls.clear();
    for (let step = 0; step < 5; step += 1) {
      stage.panBy(3, 0);
      host.frame();
    }
    expect(stage.counters.blits).toBe(5);
    expect(host.calls.get("lineTo") ?? 0).toBe(0);
    host.pass(150);
    stage.zoomTo([2000, 200, 2100, 250]);
    host.frame();
    expect(stage.counters.drawn).toBeLessThanOrEqual(20);
    expect(stage.counters.drawn + stage.counters.culled).toBe(2000);
  });

  it("a frame of a gesture asks as much of the canvas for 5,000 boxes as for 300", () => {
    const asked = [300, 5000].map((count) => {
      stage.setShapes(gridShapes(count));
      host.pass(500);
      host.calls.clear();
      for (let step = 0; step < 10; step += 1) {
        stage.zoomAt(screenPoint(500, 250), 1.02);
        host.frame();
      }
      return [...host.calls.values()].reduce((sum, calls) => sum + calls, 0);
    });
    expect(asked[1]).toBe(asked[0]);
  });

  it("a long pan is drawn sharp now and then, so that what comes into sight is not empty", () => {
    stage.setShapes(gridShapes(5000));
    stage.zoomAt(screenPoint(0, 0), 4);
    host.pass(500);
    const { drawn } = stage.counters;
    const { blits } = stage.counters;
    for (let step = 0; step < 40; step += 1) {
      stage.panBy(-30, 0);
      host.time += 16;
      host.frame();
    }
    expect(stage.moving).toBe(true);
    expect(stage.counters.blits - blits).toBeGreaterThan(30);
    expect(stage.counters.blits - blits).toBeLessThan(40);
    expect(drawn).toBeGreaterThan(200);
  });

  it("on a fine screen fewer pixels are drawn while the view moves", () => {
    host.ratio = 2;
    const container = document.createElement("div");
    stage = new Stage(container, {}, host);
    stage.resize({ width: 1000, height: 500 });
    stage.setShapes([testShape("a", [10, 10, 20, 20])]);
    stage.setSelected("a");
    host.frame();
    const widths = () => Array.from(container.querySelectorAll("canvas"), (canvas) => canvas.width);
    expect(widths()).toEqual([2000, 2000, 2000]);
    stage.panBy(3, 0);
    host.frame();
    expect(widths()).toEqual([1500, 1500, 1500]);
    host.pass(150);
    expect(widths()).toEqual([2000, 2000, 2000]);
  });

  it("an empty overlay is not touched while the view moves, and cleared once when it becomes empty", () => {
    stage.setShapes(gridShapes(50));
    host.frame();
    const { overlay } = stage.counters.layerRedraws;
    for (let step = 0; step < 5; step += 1) {
      stage.panBy(3, 0);
      host.frame();
    }
    expect(stage.counters.layerRedraws.overlay).toBe(overlay);
    stage.setSelected("s7");
    host.frame();
    stage.setSelected(null);
    host.frame();
    expect(stage.counters.layerRedraws.overlay).toBe(overlay + 2);
    stage.panBy(3, 0);
    host.frame();
    expect(stage.counters.layerRedraws.overlay).toBe(overlay + 2);
  });

  it("few shapes are drawn sharp also while the view moves", () => {
    stage.setShapes(gridShapes(50));
    host.frame();
    stage.panBy(3, 0);
    host.frame();
    expect(stage.counters.blits).toBe(0);
    expect(stage.counters.drawn).toBe(50);
  });

  it("the image stays fitted when the canvas is resized, until a person zooms", () => {
    host.frame();
    stage.resize({ width: 600, height: 500 });
    const fitted = stage.viewport.scale;
    expect(fitted).toBeCloseTo((600 - 48) / 5000);
    stage.zoomAt(screenPoint(300, 250), 4);
    stage.resize({ width: 1000, height: 500 });
    expect(stage.viewport.scale).toBeCloseTo(fitted * 4);
  });

  it("reveal leaves the view alone for a shape that is seen well", () => {
    stage.setShapes([testShape("a", [1000, 1000, 3000, 2000])]);
    const before = stage.viewport;
    expect(stage.reveal([1000, 1000, 3000, 2000])).toBe(false);
    expect(stage.viewport).toBe(before);
    expect(stage.reveal([10, 10, 20, 20])).toBe(true);
  });

  it("a selection made on the canvas is told once", () => {
    const select = vi.fn();
    stage = new Stage(document.createElement("div"), { select }, host);
    stage.select("x");
    expect(select).toHaveBeenCalledExactlyOnceWith("x");
    stage.setSelected("y");
    expect(select).toHaveBeenCalledTimes(1);
  });
});
