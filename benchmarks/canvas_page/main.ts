import type { Contestant, Redraws } from "./contestant";
import { KonvaCanvas } from "./konva";
import { makePicture, makeShapes, type Scene } from "./scene";
import { WinnowCanvas } from "./winnow";

export interface Order {
  readonly who: "winnow" | "konva";
  readonly count: number;
  readonly polygons: boolean;
  /** Of each gesture. */
  readonly frames: number;
}

/** Times in milliseconds; `redraws` is what a gesture added to the counters. */
interface Gesture {
  readonly frames: readonly number[];
  /** The longest frame between the end of the gesture and rest: the sharp redraw. */
  readonly settle: number;
  readonly redraws: Redraws | null;
}

interface Outcome {
  readonly mount: number;
  readonly zoom: Gesture;
  readonly pan: Gesture;
  readonly drag: Gesture;
}

const ZOOM_TO = 2.4;

function nextFrame(): Promise<number> {
  return new Promise((done) => requestAnimationFrame(() => done(performance.now())));
}

async function quiet(frames: number): Promise<void> {
  for (let n = 0; n < frames; n += 1) await nextFrame();
}

function since(before: Redraws | null, after: Redraws | null): Redraws | null {
  if (before === null || after === null) return null;
  const { drawn, culled } = after;
  const [blits, image] = [after.blits - before.blits, after.image - before.image];
  return {
    drawn,
    culled,
    blits,
    image,
    shapes: after.shapes - before.shapes,
    overlay: after.overlay - before.overlay,
  };
}

async function timed(canvas: Contestant, count: number, step: (n: number) => void): Promise<Gesture> {
  const before = canvas.counters();
  const frames: number[] = [];
  let last = await nextFrame();
  for (let n = 0; n < count; n += 1) {
    step(n);
    const now = await nextFrame();
    frames.push(now - last);
    last = now;
  }
  const redraws = since(before, canvas.counters());
  let settle = 0;
  for (let still = 0; still < 3; still = canvas.moving ? 0 : still + 1) {
    const now = await nextFrame();
    settle = Math.max(settle, now - last);
    last = now;
  }
  return { frames, settle, redraws };
}

async function measure(
  canvas: Contestant,
  place: HTMLElement,
  scene: Scene,
  frames: number,
): Promise<Outcome> {
  const start = await nextFrame();
  await canvas.mount(place, scene);
  await quiet(2);
  const mount = performance.now() - start;
  canvas.fit();
  await quiet(3);
  const half = frames / 2;
  const zoom = await timed(canvas, frames, (n) =>
    canvas.zoom(n < half ? ZOOM_TO ** (1 / half) : ZOOM_TO ** (-1 / half)),
  );
  // Panning at about 100 %, to and fro.
  canvas.fit();
  canvas.zoom(ZOOM_TO);
  while (canvas.moving) await nextFrame();
  const pan = await timed(canvas, frames, (n) => canvas.pan(n < half ? -12 : 12, n < half ? -7 : 7));
  canvas.fit();
  await quiet(3);
  canvas.startDrag();
  await quiet(2);
  const drag = await timed(canvas, frames, (n) => canvas.drag(n < half ? 6 : -6, n < half ? 4 : -4));
  canvas.endDrag();
  await quiet(2);
  canvas.unmount();
  place.replaceChildren();
  return { mount, zoom, pan, drag };
}

const picture = makePicture();
const scenes = new Map<string, Scene>();

async function run({ who, count, polygons, frames }: Order): Promise<Outcome> {
  const key = `${count} ${polygons}`;
  const scene = scenes.get(key) ?? {
    picture: await picture,
    shapes: makeShapes(count, polygons),
    dragged: "s0",
  };
  scenes.set(key, scene);
  const place = document.getElementById("place");
  if (place === null) throw new Error("the page has no place for a canvas");
  return measure(who === "winnow" ? new WinnowCanvas() : new KonvaCanvas(), place, scene, frames);
}

declare global {
  interface Window {
    bench: { run: typeof run };
  }
}
window.bench = { run };
