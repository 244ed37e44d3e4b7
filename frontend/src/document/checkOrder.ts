import { isArea } from "./geometry";
import { acceptFrom, type Doc, listRegions, type Region, type Thresholds } from "./region";

/** margin: nearest to the accept threshold first · reading: as the eye travels over the picture. */
export type CheckOrder = "margin" | "reading";

/** Rows from top to bottom, each from left to right: the eye travels least. */
export function inReadingOrder(regions: readonly Region[], height: number): Region[] {
  const band = Math.max(height / 10, 1);
  const row = ({ bbox }: Region) => (bbox === null ? 0 : Math.floor((bbox[1] + bbox[3]) / 2 / band));
  const left = ({ bbox }: Region) => bbox?.[0] ?? 0;
  return regions.slice().sort((a, b) => row(a) - row(b) || left(a) - left(b));
}

/** The regions as they are read and listed; the document's own order says of areas what lies above what. */
export function readingList(doc: Doc): Region[] {
  const regions = listRegions(doc);
  return regions.some(isArea) ? inReadingOrder(regions, doc.height) : regions;
}

/**
 * How far the guess is from being accepted by itself, in score. The guess's own class counts, so that a region keeps
 * its place when its class is changed. What both sides changed comes first, what nobody guessed last.
 */
export function margin(region: Region, thresholds: Thresholds): number {
  if (region.needsCheck) return -1;
  const guess = region.prediction;
  if (guess === null) return Number.POSITIVE_INFINITY;
  // To a millionth: 0.95 and 0.85 are equally far from 0.9, whatever their last bits say.
  return Math.round(Math.abs(guess.score - acceptFrom(thresholds, guess.classId)) * 1e6) / 1e6;
}

/** The regions in the order in which they are checked; they come in reading order, which also decides between equals. */
export function inCheckOrder(
  regions: readonly Region[],
  thresholds: Thresholds,
  order: CheckOrder,
): readonly Region[] {
  if (order === "reading") return regions;
  return regions
    .map((region) => ({ region, at: margin(region, thresholds) }))
    .sort((a, b) => (a.at === b.at ? 0 : a.at - b.at))
    .map(({ region }) => region);
}
