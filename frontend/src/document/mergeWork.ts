import type { PredictedObject } from "@/lib/api";
import type { TruthDocument, TruthObject } from "./annotation";
import { readGeometry, writeGeometry } from "./geometry";
import { byId, type Merge, mergeObjects, same } from "./merge";

/** What both sides began with where nobody had annotated yet: the guesses, as if they were taken as they are. */
export function guessObjects(guesses: readonly PredictedObject[]): TruthObject[] {
  return guesses.map((guess) => {
    const { id, class_id } = guess;
    return { id, ...writeGeometry(readGeometry(guess)), class_id, origin: "accepted", prediction_id: id };
  });
}

/** A draft says nothing of what its person has not decided: it left that alone, it did not delete it. */
function leftAlone(base: readonly TruthObject[], work: TruthDocument): TruthObject[] {
  if (work.review === undefined) return [];
  const said = new Set([...work.objects.map((object) => object.id), ...work.review.rejected]);
  return base.filter((object) => !said.has(object.id));
}

/** How many regions a work differs in from what it began with. */
export function changeCount(base: readonly TruthObject[], work: TruthDocument): number {
  const [was, is] = [byId(base), byId([...work.objects, ...leftAlone(base, work)])];
  return [...new Set([...was.keys(), ...is.keys()])].filter((id) => !same(was.get(id), is.get(id))).length;
}

export interface JoinedWork extends Merge {
  readonly document: TruthDocument;
}

/** Three-way merge of two works, each a draft or final. What neither decided stays out of it, to be checked. */
export function mergeWork(
  base: readonly TruthObject[],
  mine: TruthDocument,
  theirs: TruthDocument,
): JoinedWork {
  const open = leftAlone(base, mine);
  const merge = mergeObjects(
    base,
    [...mine.objects, ...open],
    [...theirs.objects, ...leftAlone(base, theirs)],
  );
  const theyHave = new Set(theirs.objects.map((object) => object.id));
  const undecided = new Set(open.map((object) => object.id).filter((id) => !theyHave.has(id)));
  const objects = merge.objects.filter((object) => !undecided.has(object.id));
  if (mine.review === undefined) return { ...merge, objects, document: { objects } };
  const kept = new Set(objects.map((object) => object.id));
  // What I had and they took away is rejected, not forgotten: it must not come back to be checked.
  const gone = [
    ...mine.objects.map((object) => object.id),
    ...mine.review.rejected,
    ...(theirs.review?.rejected ?? []),
  ];
  const rejected = [...new Set(gone)].filter((id) => !kept.has(id));
  const { order } = mine.review;
  const review = { rejected, ...(order === undefined ? {} : { order }) };
  return { ...merge, objects, document: { objects, review } };
}
