import { type CheckOrder, inCheckOrder, readingList } from "@/document/checkOrder";
import { type Doc, isShown, isUnchecked, type Region, type Thresholds } from "@/document/region";

export type GroupName = "to_check" | "accepted" | "changed";

export type Row =
  | { readonly kind: "group"; readonly name: GroupName; readonly count: number }
  | { readonly kind: "region"; readonly region: Region; readonly position: number };

function groupOf(region: Region, thresholds: Thresholds): GroupName {
  if (isUnchecked(region, thresholds)) return "to_check";
  return region.state === "accepted" ? "accepted" : "changed";
}

/** The list as it is shown: three groups with their heads, hidden guesses left out, what is to check in its order. */
export function regionRows(doc: Doc, thresholds: Thresholds, order: CheckOrder): Row[] {
  const groups: Record<GroupName, Region[]> = { to_check: [], accepted: [], changed: [] };
  for (const region of readingList(doc)) {
    if (isShown(region, thresholds)) groups[groupOf(region, thresholds)].push(region);
  }
  const rows: Row[] = [];
  let position = 0;
  for (const name of ["to_check", "changed", "accepted"] as const) {
    const group = name === "to_check" ? inCheckOrder(groups[name], thresholds, order) : groups[name];
    if (group.length === 0) continue;
    rows.push({ kind: "group", name, count: group.length });
    for (const region of group) {
      position += 1;
      rows.push({ kind: "region", region, position });
    }
  }
  return rows;
}

/** The ids of all rows from one region to another, both included, whichever stands first. */
export function idsBetween(rows: readonly Row[], from: string | null, to: string): string[] {
  const ids = rows.flatMap((row) => (row.kind === "region" ? [row.region.id] : []));
  const [a, b] = [ids.indexOf(from ?? to), ids.indexOf(to)];
  return a < 0 || b < 0 ? [to] : ids.slice(Math.min(a, b), Math.max(a, b) + 1);
}
