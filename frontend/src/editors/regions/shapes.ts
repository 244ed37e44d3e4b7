import type { BoxShape, LineStyle, Mark, MaskShape, PolygonShape, Shape } from "@/canvas/shape";
import type { Geometry } from "@/document/geometry";
import {
  acceptFrom,
  type Doc,
  isShown,
  listRegions,
  type Region,
  showFrom,
  type Thresholds,
} from "@/document/region";
import { ringsBox } from "@/geometry/polygons";
import type { Drawing } from "../CanvasPane";
import { className } from "../classNames";
import type { DeskView } from "../desk";

export const UNKNOWN_COLOUR = "#6b7280";
const GHOST_COLOUR = "#e5e7eb";
/** Of no class, and seen on the white halo of the selection. */
const TRY_OUT_COLOUR = "#facc15";

/** Solid at the accept threshold and above; dotted in the lower half between the two thresholds; dashed between. */
export function lineStyle(region: Region, thresholds: Thresholds): LineStyle {
  if (region.state !== "pending" || region.prediction === null) return "solid";
  const accept = acceptFrom(thresholds, region.classId);
  const show = showFrom(thresholds, region.classId);
  const { score } = region.prediction;
  if (score >= accept) return "solid";
  return score >= (accept + show) / 2 ? "dash" : "dot";
}

function markOf(region: Region, style: LineStyle): Mark {
  if (region.needsCheck) return "warning";
  if (region.state === "accepted") return "tick";
  if (region.state === "edited") return "notch";
  return style === "dot" ? "question" : null;
}

export function percent(score: number): string {
  return `${Math.floor(score * 100 + 1e-6)} %`;
}

/** The outline as the canvas draws it; null for the class of a whole picture. */
function outlineOf({ kind, bbox, rings, rle }: Geometry): Outline | null {
  if (bbox === null) return null;
  if (kind === "polygon" && rings !== null) return { kind, rings, bbox };
  return kind === "mask" && rle !== null ? { kind, rle, bbox } : { bbox };
}

type Outline =
  | Pick<BoxShape, "kind" | "bbox">
  | Pick<PolygonShape, "kind" | "rings" | "bbox">
  | Pick<MaskShape, "kind" | "rle" | "bbox">;

/** The regions to draw: rejected and hidden ones are not. */
export function shapesOf(doc: Doc, view: DeskView, locale: string): Shape[] {
  const classes = new Map(view.classes.map((label) => [label.id, label]));
  const shapes: Shape[] = [];
  for (const region of listRegions(doc)) {
    const outline = outlineOf(region);
    if (outline === null || region.state === "rejected" || !isShown(region, view.thresholds)) continue;
    const label = classes.get(region.classId);
    const name = label === undefined ? `#${region.classId}` : className(label, locale);
    const style = lineStyle(region, view.thresholds);
    const pending = region.state === "pending" && region.prediction !== null;
    shapes.push({
      ...outline,
      id: region.id,
      colour: label?.color ?? UNKNOWN_COLOUR,
      label: pending && region.prediction !== null ? `${name} ${percent(region.prediction.score)}` : name,
      style,
      mark: markOf(region, style),
      calm: !pending && !region.needsCheck && !view.picked.has(region.id),
    });
  }
  return shapes;
}

/** What the model said, where a person changed it: all of them while the ghost or the list of changes is on. */
export function ghostsOf(doc: Doc, view: DeskView, locale: string): Shape[] {
  if (!view.ghost && !view.diff) return triedOut(view);
  const classes = new Map(view.classes.map((label) => [label.id, label]));
  const ghosts: Shape[] = triedOut(view);
  for (const region of listRegions(doc)) {
    const { id, state, prediction } = region;
    const outline = prediction === null ? null : outlineOf(prediction);
    if (prediction === null || outline === null || (state !== "edited" && state !== "rejected")) continue;
    const label = classes.get(prediction.classId);
    const name = label === undefined ? `#${prediction.classId}` : className(label, locale);
    ghosts.push({
      ...outline,
      id: `ghost-${id}`,
      colour: GHOST_COLOUR,
      label: `${name} ${percent(prediction.score)}`,
      style: "dash",
      mark: null,
      calm: true,
    });
  }
  return ghosts;
}

/** An outline that is only looked at: dashed, over what it would replace. */
function triedOut({ tryOut }: DeskView): Shape[] {
  if (tryOut === null || tryOut.length === 0) return [];
  const look = { colour: TRY_OUT_COLOUR, label: "", style: "dash", mark: null, calm: true } as const;
  return [{ ...look, id: "try-out", kind: "polygon", rings: tryOut, bbox: ringsBox(tryOut) }];
}

export const regionDrawing: Drawing = { shapes: shapesOf, ghosts: ghostsOf };
