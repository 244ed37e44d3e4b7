import type { TruthObject } from "./annotation";

export interface Merge {
  readonly objects: TruthObject[];
  /** Ids of the objects that both sides changed: a person must look at them. */
  readonly conflicts: string[];
}

function same(a: TruthObject | undefined, b: TruthObject | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.class_id !== b.class_id || (a.bbox === undefined) !== (b.bbox === undefined)) return false;
  return (a.bbox ?? []).every((value, position) => value === b.bbox?.[position]);
}

function byId(objects: readonly TruthObject[]): Map<string, TruthObject> {
  return new Map(objects.map((object) => [object.id, object]));
}

function twin(object: TruthObject, taken: ReadonlySet<string>): TruthObject {
  let id = `${object.id}-theirs`;
  for (let number = 2; taken.has(id); number += 1) id = `${object.id}-theirs-${number}`;
  return { ...object, id, origin: "manual", prediction_id: null };
}

/**
 * Three-way merge by object id. What only one side changed is taken from that side; what both changed differently is
 * kept twice and reported, so that nobody's work is thrown away. A change beats a deletion.
 */
export function mergeObjects(
  base: readonly TruthObject[],
  mine: readonly TruthObject[],
  theirs: readonly TruthObject[],
): Merge {
  const [was, ours, other] = [byId(base), byId(mine), byId(theirs)];
  const taken = new Set([...was.keys(), ...ours.keys(), ...other.keys()]);
  const merge: Merge = { objects: [], conflicts: [] };
  for (const id of new Set([...ours.keys(), ...other.keys()])) {
    const [before, my, their] = [was.get(id), ours.get(id), other.get(id)];
    if (same(my, their) || same(their, before)) {
      if (my !== undefined) merge.objects.push(my);
    } else if (same(my, before)) {
      if (their !== undefined) merge.objects.push(their);
    } else {
      keepBoth(merge, my, their, taken);
    }
  }
  return settleSingle(merge, ours);
}

function keepBoth(
  merge: Merge,
  my: TruthObject | undefined,
  their: TruthObject | undefined,
  taken: Set<string>,
): void {
  if (my !== undefined) {
    merge.objects.push(my);
    merge.conflicts.push(my.id);
  }
  if (their === undefined) return;
  const kept = my === undefined ? their : twin(their, taken);
  taken.add(kept.id);
  merge.objects.push(kept);
  merge.conflicts.push(kept.id);
}

/** An image has one class: of two, mine stays and is reported. */
function settleSingle(merge: Merge, ours: ReadonlyMap<string, TruthObject>): Merge {
  const singles = merge.objects.filter((object) => object.bbox === undefined);
  if (singles.length < 2) return merge;
  const kept = singles.find((object) => ours.has(object.id)) ?? singles[0];
  if (kept === undefined) return merge;
  return {
    objects: merge.objects.filter((object) => object.bbox !== undefined || object === kept),
    conflicts: [kept.id],
  };
}
