import { type Box, boxHeight, boxWidth, HANDLES, type Handle } from "../geometry/boxes";
import { type ScreenPoint, screenPoint } from "../geometry/points";

export const HANDLE_SIZE_PX = 8;
/** Below this side length the handles stand outside the box, and the ones on the sides are left out. */
const SMALL_SIDE_PX = 44;

export interface HandlePoint {
  readonly handle: Handle;
  readonly at: ScreenPoint;
}

/** Where the eight handles of a box are, in screen pixels. */
export function handlePoints(seen: Box): HandlePoint[] {
  const small = Math.min(boxWidth(seen), boxHeight(seen)) < SMALL_SIDE_PX;
  const out = small ? HANDLE_SIZE_PX / 2 + 1 : 0;
  const [x1, y1, x2, y2] = [seen[0] - out, seen[1] - out, seen[2] + out, seen[3] + out];
  const [cx, cy] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const x = (handle: Handle) => (handle.includes("w") ? x1 : handle.includes("e") ? x2 : cx);
  const y = (handle: Handle) => (handle.includes("n") ? y1 : handle.includes("s") ? y2 : cy);
  const roomX = boxWidth(seen) >= SMALL_SIDE_PX;
  const roomY = boxHeight(seen) >= SMALL_SIDE_PX;
  return HANDLES.filter((handle) => {
    if (handle === "n" || handle === "s") return roomX;
    if (handle === "e" || handle === "w") return roomY;
    return true;
  }).map((handle) => ({ handle, at: screenPoint(x(handle), y(handle)) }));
}

const CURSORS: Record<Handle, string> = {
  nw: "nwse-resize",
  se: "nwse-resize",
  ne: "nesw-resize",
  sw: "nesw-resize",
  n: "ns-resize",
  s: "ns-resize",
  e: "ew-resize",
  w: "ew-resize",
};

export function handleCursor(handle: Handle): string {
  return CURSORS[handle];
}
