import type { TruthObject } from "./annotation";
import { readGeometry, sameGeometry } from "./geometry";

/** One region that both sides changed; null is the side that deleted it, or a base that nobody knows. */
export interface Conflict {
  /** Of the object that is kept: mine, or theirs where I deleted it. */
  readonly id: string;
  /** Of the second object, which holds theirs where both are kept. */
  readonly twinId: string | null;
  readonly mine: TruthObject | null;
  readonly theirs: TruthObject | null;
  readonly base: TruthObject | null;
}

export interface Merge {
  readonly objects: TruthObject[];
  /** Ids of the objects that both sides changed: a person must look at them. */
  readonly conflicts: string[];
  /** The same with both sides, to be shown beside each other. */
  readonly pairs: Conflict[];
}

export function same(a: TruthObject | undefined, b: TruthObject | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.class_id === b.class_id && sameGeometry(readGeometry(a), readGeometry(b));
}

export function byId(objects: readonly TruthObject[]): Map<string, TruthObject> {
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
  const merge: Merge = { objects: [], conflicts: [], pairs: [] };
  for (const id of new Set([...ours.keys(), ...other.keys()])) {
    const [before, my, their] = [was.get(id), ours.get(id), other.get(id)];
    if (same(my, their) || same(their, before)) {
      if (my !== undefined) merge.objects.push(my);
    } else if (same(my, before)) {
      if (their !== undefined) merge.objects.push(their);
    } else {
      keepBoth(merge, { before, my, their }, taken);
    }
  }
  return settleSingle(merge, ours);
}

interface Sides {
  readonly before: TruthObject | undefined;
  readonly my: TruthObject | undefined;
  readonly their: TruthObject | undefined;
}

function keepBoth(merge: Merge, { before, my, their }: Sides, taken: Set<string>): void {
  if (my !== undefined) {
    merge.objects.push(my);
    merge.conflicts.push(my.id);
  }
  const kept = their === undefined || my === undefined ? their : twin(their, taken);
  if (kept !== undefined) {
    taken.add(kept.id);
    merge.objects.push(kept);
    merge.conflicts.push(kept.id);
  }
  const first = my ?? kept;
  if (first === undefined) return;
  merge.pairs.push({
    id: first.id,
    twinId: my !== undefined && kept !== undefined ? kept.id : null,
    mine: my ?? null,
    theirs: their ?? null,
    base: before ?? null,
  });
}

/** An image has one class: of two, mine stays and is reported. */
function settleSingle(merge: Merge, ours: ReadonlyMap<string, TruthObject>): Merge {
  const isWhole = (object: TruthObject) => readGeometry(object).kind === "class";
  const singles = merge.objects.filter(isWhole);
  if (singles.length < 2) return merge;
  const kept = singles.find((object) => ours.has(object.id)) ?? singles[0];
  if (kept === undefined) return merge;
  return {
    objects: merge.objects.filter((object) => !isWhole(object) || object === kept),
    conflicts: [kept.id],
    // Two answers to one question: the desk shows them, there is no second object to draw.
    pairs: [],
  };
}
