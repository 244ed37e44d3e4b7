import type { Box, Size } from "../geometry/boxes";
import type { Crop } from "./crop";

/** The buffer grows in steps, so that a long stroke does not copy it at each move. */
const SLACK_PX = 128;

/** The pixels of one stroke of the brush, in a buffer only as large as the stroke. */
export class StrokeBuffer {
  crop: Crop | null = null;
  /** What has changed since it was last taken; null when nothing has. */
  private fresh: Box | null = null;

  constructor(private readonly size: Size) {}

  takeFresh(): Box | null {
    const fresh = this.fresh;
    this.fresh = null;
    return fresh;
  }

  /** A round brush drawn from one point to the next: all pixels whose centres come within `radius`. */
  segment(ax: number, ay: number, bx: number, by: number, radius: number): void {
    const reach = Math.max(radius, 0.5);
    const box: Box = [
      Math.max(0, Math.floor(Math.min(ax, bx) - reach)),
      Math.max(0, Math.floor(Math.min(ay, by) - reach)),
      Math.min(this.size.width, Math.ceil(Math.max(ax, bx) + reach)),
      Math.min(this.size.height, Math.ceil(Math.max(ay, by) + reach)),
    ];
    if (box[0] >= box[2] || box[1] >= box[3]) return;
    const { x, y, width, bits } = this.roomFor(box);
    for (let row = box[1]; row < box[3]; row += 1) {
      const span = capsuleSpan(ax, ay, bx, by, reach, row + 0.5);
      if (span === null) continue;
      const from = Math.max(box[0], Math.ceil(span[0] - 0.5));
      const to = Math.min(box[2], Math.floor(span[1] - 0.5) + 1);
      if (from < to) bits.fill(1, (row - y) * width + from - x, (row - y) * width + to - x);
    }
    // The finest brush still paints the pixel it is on.
    const [px, py] = [Math.floor(bx), Math.floor(by)];
    if (px >= box[0] && px < box[2] && py >= box[1] && py < box[3]) bits[(py - y) * width + px - x] = 1;
    this.fresh = this.fresh === null ? box : around(this.fresh, box);
  }

  private roomFor(box: Box): Crop {
    const old = this.crop;
    const held: Box | null = old === null ? null : [old.x, old.y, old.x + old.width, old.y + old.height];
    if (old !== null && held !== null && around(held, box).every((side, n) => side === held[n])) return old;
    const need = held === null ? box : around(held, box);
    const x = Math.max(0, need[0] - SLACK_PX);
    const y = Math.max(0, need[1] - SLACK_PX);
    const width = Math.min(this.size.width, need[2] + SLACK_PX) - x;
    const height = Math.min(this.size.height, need[3] + SLACK_PX) - y;
    const bits = new Uint8Array(width * height);
    if (old !== null) {
      for (let row = 0; row < old.height; row += 1) {
        const line = old.bits.subarray(row * old.width, (row + 1) * old.width);
        bits.set(line, (row + old.y - y) * width + old.x - x);
      }
    }
    this.crop = { x, y, width, height, bits };
    return this.crop;
  }
}

function around(a: Box, b: Box): Box {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

/** Where the line at height `y` lies within `radius` of the segment a–b: one interval, since a capsule is convex. */
function capsuleSpan(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  radius: number,
  y: number,
): [number, number] | null {
  let [left, right] = [Infinity, -Infinity];
  const take = (low: number, high: number) => {
    left = Math.min(left, low);
    right = Math.max(right, high);
  };
  for (const [x, middle] of [
    [ax, ay],
    [bx, by],
  ] as const) {
    const square = radius * radius - (y - middle) * (y - middle);
    if (square >= 0) take(x - Math.sqrt(square), x + Math.sqrt(square));
  }
  const [dx, dy] = [bx - ax, by - ay];
  const length = Math.hypot(dx, dy);
  if (dy !== 0) {
    for (const side of [radius / length, -radius / length]) {
      const t = (y - ay - side * dx) / dy;
      if (t >= 0 && t <= 1) take(ax - side * dy + t * dx, ax - side * dy + t * dx);
    }
  }
  return left > right ? null : [left, right];
}
