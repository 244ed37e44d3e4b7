import type { Geometry } from "./geometry";

export type { RegionKind } from "./geometry";
export type RegionState = "pending" | "accepted" | "edited" | "rejected" | "manual";

/** The model's guess. It never changes, so that ghost and diff can always be computed. */
export interface Guess extends Geometry {
  readonly id: string;
  readonly classId: number;
  readonly score: number;
  readonly top3: readonly (readonly [number, number])[];
}

export interface Region extends Geometry {
  readonly id: string;
  readonly classId: number;
  readonly state: RegionState;
  readonly prediction: Guess | null;
  /** Both sides changed it: a person must look before it counts as checked. */
  readonly needsCheck: boolean;
}

export interface Doc {
  readonly width: number;
  readonly height: number;
  /** As the eye reads; of polygons and masks from below to above, since the later one has the pixels of both. */
  readonly order: readonly string[];
  readonly regions: Readonly<Record<string, Region>>;
}

export interface ClassThresholds {
  readonly show: number | null;
  readonly accept: number | null;
}

/** Thresholds are inclusive; one that a class sets goes before the project's. */
export interface Thresholds {
  readonly show: number;
  readonly accept: number;
  readonly perClass: Readonly<Record<number, ClassThresholds>>;
}

/** An accept threshold that no score reaches; prelabel/core/routing.py has the same. */
export const NEVER = 2;

export function showFrom(thresholds: Thresholds, classId: number): number {
  return thresholds.perClass[classId]?.show ?? thresholds.show;
}

export function acceptFrom(thresholds: Thresholds, classId: number): number {
  return thresholds.perClass[classId]?.accept ?? thresholds.accept;
}

export function emptyDoc(width: number, height: number): Doc {
  return { width, height, order: [], regions: {} };
}

export function listRegions(doc: Doc): Region[] {
  const list: Region[] = [];
  for (const id of doc.order) {
    const region = doc.regions[id];
    if (region !== undefined) list.push(region);
  }
  return list;
}

/**
 * A guess below the show threshold that nobody touched is stored but not shown, and counts nowhere.
 * An image's single class is always shown: it is the question itself.
 */
export function isShown(region: Region, thresholds: Thresholds): boolean {
  if (region.kind === "class") return true;
  if (region.state !== "pending" || region.prediction === null) return true;
  return region.prediction.score >= showFrom(thresholds, region.classId) || region.needsCheck;
}

export function isUnchecked(region: Region, thresholds: Thresholds): boolean {
  return region.needsCheck || (region.state === "pending" && isShown(region, thresholds));
}

/** True when the region stands in the document that would be submitted now. */
export function isKept(region: Region, thresholds: Thresholds): boolean {
  return region.state !== "rejected" && isShown(region, thresholds);
}
