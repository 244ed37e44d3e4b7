import { beforeEach, describe, expect, it, vi } from "vitest";
import { screenPoint } from "../geometry/points";
import { Stage } from "./stage";
import { gridShapes, TestHost, testShape } from "./testing";
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
