import type { PredictedObject, Work } from "@/lib/api";
import type { TruthDocument, TruthObject } from "./annotation";
import { inReadingOrder } from "./checkOrder";
import { geometryOf, isArea, readGeometry } from "./geometry";
import { mergeObjects } from "./merge";
import { acceptFrom, type Doc, type Guess, type Region, showFrom, type Thresholds } from "./region";

export interface LoadOptions {
  /** A document kept in this browser, which goes before the server's draft. */
  readonly local?: TruthDocument | null;
  readonly needsCheck?: ReadonlySet<string>;
  /** True when the local document was submitted: a guess it leaves out was rejected. */
  readonly final?: boolean;
}

function toGuess(object: PredictedObject): Guess {
  return {
    id: object.id,
    ...readGeometry(object),
    classId: object.class_id,
    score: object.score,
    top3: object.top3,
  };
}

function freshRegion(guess: Guess, thresholds: Thresholds): Region {
  const certain =
    guess.score >= acceptFrom(thresholds, guess.classId) &&
    guess.score >= showFrom(thresholds, guess.classId);
  return {
    id: guess.id,
    ...geometryOf(guess),
    classId: guess.classId,
    state: certain ? "accepted" : "pending",
    prediction: guess,
    needsCheck: false,
  };
}

function truthRegion(
  object: TruthObject,
  guesses: ReadonlyMap<string, Guess>,
  needsCheck: ReadonlySet<string>,
): Region {
  const guess = object.prediction_id === null ? undefined : guesses.get(object.prediction_id);
  return {
    id: object.id,
    ...readGeometry(object),
    classId: object.class_id,
    state: guess === undefined ? "manual" : object.origin === "manual" ? "edited" : object.origin,
    prediction: guess ?? null,
    needsCheck: needsCheck.has(object.id),
  };
}

/** Truth first, then the guesses it says nothing of: rejected if they were judged, else to be checked. */
function judgedRegions(
  work: Work,
  truth: TruthDocument,
  final: boolean,
  thresholds: Thresholds,
  needsCheck: ReadonlySet<string>,
): Region[] {
  const guesses = new Map((work.prediction?.objects ?? []).map((object) => [object.id, toGuess(object)]));
  const regions = truth.objects.map((object) => truthRegion(object, guesses, needsCheck));
  const used = new Set(
    regions.flatMap((region) =>
      region.prediction === null ? [region.id] : [region.id, region.prediction.id],
    ),
  );
  const rejected = new Set(truth.review?.rejected ?? []);
  const single = regions.some((region) => region.kind === "class");
  for (const guess of guesses.values()) {
    if (used.has(guess.id) || (single && guess.kind === "class")) continue;
    const judged = rejected.has(guess.id) || (final && guess.score >= showFrom(thresholds, guess.classId));
    regions.push({ ...freshRegion(guess, thresholds), state: judged ? "rejected" : "pending" });
  }
  return regions;
}

/**
 * Areas from below to above, as they were stored. A guess that nobody decided has no place in a draft: it keeps the one
 * it had among the guesses, so that it does not come to lie above what was drawn over it.
 */
function stackOrder(
  regions: readonly Region[],
  truth: ReadonlySet<string>,
  guesses: readonly string[],
): string[] {
  const place = new Map(guesses.map((id, at) => [id, at]));
  const placeOf = ({ prediction }: Region) =>
    prediction === null ? null : (place.get(prediction.id) ?? null);
  const stack = regions.filter((region) => truth.has(region.id));
  for (const region of regions.filter((one) => !truth.has(one.id)).reverse()) {
    const own = placeOf(region) ?? 0;
    const above = stack.findIndex((one) => (placeOf(one) ?? -1) > own);
    const below = stack.findLastIndex((one) => (placeOf(one) ?? guesses.length) < own);
    stack.splice(above >= 0 ? above : below + 1, 0, region);
  }
  return stack.map((region) => region.id);
}

/** What a draft names comes in its order; what it does not know keeps its place after the one below it. */
function inOrder(stack: readonly string[], kept: readonly string[]): string[] {
  const known = new Set(stack);
  const ordered = [...new Set(kept)].filter((id) => known.has(id));
  const named = new Set(ordered);
  stack.forEach((id, at) => {
    if (named.has(id)) return;
    const below = stack[at - 1];
    ordered.splice(below === undefined ? 0 : ordered.indexOf(below) + 1, 0, id);
  });
  return ordered;
}

/** A draft begun on an older revision is merged with what was submitted since. */
function draftOf(work: Work): { document: TruthDocument; conflicts: readonly string[] } | null {
  if (work.draft === null) return null;
  const document = work.draft.document as TruthDocument;
  const stale = work.annotation !== null && work.draft.base_revision < work.annotation.revision;
  if (!stale) return { document, conflicts: [] };
  const merged = mergeObjects([], document.objects, work.annotation?.objects ?? []);
  return { document: { objects: merged.objects, review: document.review }, conflicts: merged.conflicts };
}

function orderOf(
  byId: Readonly<Record<string, Region>>,
  work: Work,
  truth: Pick<TruthDocument, "objects" | "review"> | null,
): string[] {
  const regions = Object.values(byId);
  const idsOf = (objects: readonly { readonly id: string }[] = []) => objects.map((object) => object.id);
  if (!regions.some(isArea)) return inReadingOrder(regions, work.item.height).map((region) => region.id);
  // Not by the record's own order: it puts ids that look like numbers first.
  const stored = idsOf(truth?.objects).flatMap((id) => byId[id] ?? []);
  const guesses = idsOf(work.prediction?.objects);
  const rest = guesses.flatMap((id) => (stored.some((one) => one.id === id) ? [] : (byId[id] ?? [])));
  const stack = stackOrder([...stored, ...rest], new Set(stored.map((region) => region.id)), guesses);
  return inOrder(stack, truth?.review?.order ?? []);
}

/** Builds the document to review from what the server sent: local work, else the draft, else the annotation, else the guesses. */
export function docFromWork(work: Work, thresholds: Thresholds, options: LoadOptions = {}): Doc {
  const draft = draftOf(work);
  const unfinished = options.local ?? draft?.document ?? null;
  const needsCheck = new Set([
    ...(options.needsCheck ?? []),
    ...(options.local == null ? (draft?.conflicts ?? []) : []),
  ]);
  let regions: Region[];
  if (unfinished !== null)
    regions = judgedRegions(
      work,
      unfinished,
      options.local != null && options.final === true,
      thresholds,
      needsCheck,
    );
  else if (work.annotation !== null)
    regions = judgedRegions(work, work.annotation, true, thresholds, needsCheck);
  else regions = (work.prediction?.objects ?? []).map((object) => freshRegion(toGuess(object), thresholds));
  const byId: Record<string, Region> = {};
  for (const region of regions) byId[region.id] = region;
  const { width, height } = work.item;
  return { width, height, order: orderOf(byId, work, unfinished ?? work.annotation), regions: byId };
}
