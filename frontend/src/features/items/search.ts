/** What the explorer shows, as words of its address: a link is the whole view. */

/** The words that choose items; the server takes the same ones, also for an action on all that fit. */
export const WORDS = [
  "state",
  "split",
  "class",
  "dataset",
  "q",
  "score",
  "reason",
  "problem",
  "holder",
  "postponed",
] as const;
export type ItemFilter = Record<(typeof WORDS)[number], string>;

export const ORDERS = ["oldest", "newest", "score", "uncertainty"] as const;
export type Order = (typeof ORDERS)[number];
export type View = "grid" | "table";

export interface Search {
  filter: ItemFilter;
  order: Order;
  view: View;
  /** The item in the drawer. */
  opened: number | null;
}

export function readSearch(search: URLSearchParams): Search {
  const filter = Object.fromEntries(WORDS.map((word) => [word, search.get(word) ?? ""])) as ItemFilter;
  const order = ORDERS.find((one) => one === search.get("order")) ?? "oldest";
  const item = search.get("item");
  return {
    filter,
    order,
    view: search.get("view") === "table" ? "table" : "grid",
    opened: item && /^\d+$/.test(item) ? Number(item) : null,
  };
}

/** The address after a change; what became empty leaves it. */
export function changed(search: URLSearchParams, change: Record<string, string>): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return next;
}

export function isFiltered(filter: ItemFilter): boolean {
  return WORDS.some((word) => filter[word] !== "");
}

/** As many bars as the server makes; a range goes from one edge between bars to another. */
export const BINS = 20;
/** Edges, 0 to BINS: the bars from `low` to below `high`. */
export type Range = [low: number, high: number];
export const WHOLE: Range = [0, BINS];
export const NO_GUESS = "none";

/** The edges of `0.2..0.6`; null where it is no range, or one whose ends lie between edges. */
export function readRange(score: string): Range | null {
  const [, low, high] = /^(\d(?:\.\d+)?)\.\.(\d(?:\.\d+)?)$/.exec(score) ?? [];
  if (low === undefined || high === undefined) return null;
  const ends = [Number(low) * BINS, Number(high) * BINS].map((end) => Math.round(end * 1e6) / 1e6);
  const [from = 0, to = 0] = ends;
  return ends.every(Number.isInteger) && from < to && to <= BINS ? [from, to] : null;
}

/** As the address writes it; the whole range is no filter. */
export function writeRange([low, high]: Range): string {
  if (low === 0 && high === BINS) return "";
  return `${low / BINS}..${high / BINS}`;
}

/** Moves one end by `by` edges; the two ends stay at least one bar apart. */
export function moveEnd(range: Range, end: 0 | 1, to: number): Range {
  const [low, high] = range;
  if (end === 0) return [Math.max(0, Math.min(to, high - 1)), high];
  return [low, Math.min(BINS, Math.max(to, low + 1))];
}

/** From the bar where a drag began to the one where it is now, both included. */
export function spanned(from: number, to: number): Range {
  const within = (bar: number) => Math.max(0, Math.min(BINS - 1, bar));
  return [Math.min(within(from), within(to)), Math.max(within(from), within(to)) + 1];
}
