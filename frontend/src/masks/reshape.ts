import type { Size } from "../geometry/boxes";
import { type Rings, vertexCount } from "../geometry/polygons";
import type { MaskThread } from "./maskThread";
import type { Rle } from "./rle";

/** polygon: the border of a mask · mask: the pixels of a polygon · simplify: a polygon with fewer corners. */
export type Reshaping = "polygon" | "mask" | "simplify";

/** What a region would become. Exactly one of `rings` and `rle` is there. */
export interface Reshaped {
  readonly rings: Rings | null;
  readonly rle: Rle | null;
  /** Of what it covers now and then, in [0, 1]: 1 − iou is lost. */
  readonly iou: number;
  readonly corners: number;
}

/** The server takes no more (`annotator.core.polygons`); such an outline is noise, and nobody could edit it. */
export const MOST_CORNERS = 60_000;
export const MOST_RINGS = 2_000;

interface Outlined {
  readonly rings: Rings | null;
  readonly rle: Rle | null;
}

/** Works out the other form, off the main thread; null where the region has no such form or nothing would be left. */
export async function reshape(
  thread: MaskThread,
  { rings, rle }: Outlined,
  how: Reshaping,
  { tolerance, picture: { width, height } }: { readonly tolerance: number; readonly picture: Size },
): Promise<Reshaped | null> {
  const size = [height, width] as const;
  if (how === "mask") {
    if (rings === null) return null;
    const { result, iou } = await thread.run<"fill">({ type: "fill", rings, size });
    return result === null ? null : { rings: null, rle: result, iou, corners: 0 };
  }
  if (how === "polygon" ? rle === null : rings === null) return null;
  const { result, iou } =
    how === "polygon" && rle !== null
      ? await thread.run<"trace">({ type: "trace", rle, tolerance })
      : await thread.run<"simplify">({ type: "simplify", rings: rings ?? [], tolerance, size });
  return result.length === 0 || iou === 0
    ? null
    : { rings: result, rle: null, iou, corners: vertexCount(result) };
}

export function isTooIntricate({ rings, corners }: Reshaped): boolean {
  return corners > MOST_CORNERS || (rings?.length ?? 0) > MOST_RINGS;
}
