import type { CSSProperties } from "react";
import type { SimilarRow } from "@/lib/api";

/** Width over height of a cell. */
const ASPECT = 4 / 3;
const AROUND = 1.3;

/** How the picture lies in its cell so that the object fills it; the whole picture where there is no box. */
export function cropStyle({ item, bbox }: Pick<SimilarRow, "item" | "bbox">): CSSProperties {
  if (bbox === null) return { width: "100%", height: "100%", objectFit: "contain" };
  const [x1, y1, x2, y2] = bbox;
  const width = Math.max(x2 - x1, (y2 - y1) * ASPECT, 1) * AROUND;
  const left = (x1 + x2 - width) / 2;
  const top = (y1 + y2 - width / ASPECT) / 2;
  const share = (value: number, of: number) => `${((100 * value) / of).toFixed(2)}%`;
  return {
    position: "absolute",
    maxWidth: "none",
    width: share(item.width, width),
    left: share(-left, width),
    top: share(-top, width / ASPECT),
  };
}
