import type { LineStyle, Mark, Shape } from "@/canvas/shape";
import {
  acceptFrom,
  type Doc,
  isShown,
  listRegions,
  type Region,
  showFrom,
  type Thresholds,
} from "@/document/region";
import { className } from "../classNames";
import type { DeskView } from "../desk";

export const UNKNOWN_COLOUR = "#6b7280";

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

/** The regions to draw: rejected and hidden ones are not. */
export function shapesOf(doc: Doc, view: DeskView, locale: string): Shape[] {
  const classes = new Map(view.classes.map((label) => [label.id, label]));
  const shapes: Shape[] = [];
  for (const region of listRegions(doc)) {
    if (region.bbox === null || region.state === "rejected" || !isShown(region, view.thresholds)) continue;
    const label = classes.get(region.classId);
    const name = label === undefined ? `#${region.classId}` : className(label, locale);
    const style = lineStyle(region, view.thresholds);
    const pending = region.state === "pending" && region.prediction !== null;
    shapes.push({
      id: region.id,
      bbox: region.bbox,
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
  if (!view.ghost && !view.diff) return [];
  const classes = new Map(view.classes.map((label) => [label.id, label]));
  const ghosts: Shape[] = [];
  for (const { id, state, prediction } of listRegions(doc)) {
    if (prediction?.bbox == null || (state !== "edited" && state !== "rejected")) continue;
    const label = classes.get(prediction.classId);
    const name = label === undefined ? `#${prediction.classId}` : className(label, locale);
    ghosts.push({
      id: `ghost-${id}`,
      bbox: prediction.bbox,
      colour: "#e5e7eb",
      label: `${name} ${percent(prediction.score)}`,
      style: "dash",
      mark: null,
      calm: true,
    });
  }
  return ghosts;
}
