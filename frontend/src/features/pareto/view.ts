import { useSearchParams } from "react-router";
import { AXIS_NAMES, type AxisName } from "./axes";
import type { Budgets } from "./front";

/** So many can be compared side by side. */
export const MOST_SELECTED = 4;

/** What the plot shows; it lives in the address. */
export interface View {
  x: AxisName;
  y: AxisName;
  logX: boolean;
  logY: boolean;
  device: string;
  version: string;
  selected: string[];
  /** In the units of the axes. */
  budgets: Budgets;
  /** Points that a run has just made. */
  fresh: string[];
}

function axis(value: string | null, fallback: AxisName): AxisName {
  return AXIS_NAMES.find((name) => name === value) ?? fallback;
}

function numberIn(text: string | null): number | null {
  const value = Number(text);
  return text === null || text === "" || !Number.isFinite(value) ? null : value;
}

function list(text: string | null): string[] {
  return text ? text.split(",").filter(Boolean) : [];
}

export function readView(search: URLSearchParams): View {
  return {
    x: axis(search.get("x"), "size"),
    y: axis(search.get("y"), "metric"),
    logX: search.get("log") === null ? search.get("x") === null : search.get("log")?.includes("x") === true,
    logY: search.get("log")?.includes("y") === true,
    device: search.get("device") ?? "",
    version: search.get("version") ?? "",
    selected: list(search.get("selected")).slice(0, MOST_SELECTED),
    budgets: { x: numberIn(search.get("bx")), y: numberIn(search.get("by")) },
    fresh: list(search.get("new")),
  };
}

export function writeView(view: View): URLSearchParams {
  const entries: Record<string, string> = {
    x: view.x,
    y: view.y,
    log: `${view.logX ? "x" : ""}${view.logY ? "y" : ""}` || "none",
    device: view.device,
    version: view.version,
    selected: view.selected.join(","),
    bx: view.budgets.x === null ? "" : String(Number(view.budgets.x.toPrecision(6))),
    by: view.budgets.y === null ? "" : String(Number(view.budgets.y.toPrecision(6))),
    new: view.fresh.join(","),
  };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(entries)) if (value) search.set(name, value);
  return search;
}

/** Adds or removes one; the oldest gives way where there are too many. */
export function toggled(selected: string[], key: string): string[] {
  if (selected.includes(key)) return selected.filter((one) => one !== key);
  return [...selected, key].slice(-MOST_SELECTED);
}

export function useView() {
  const [search, setSearch] = useSearchParams();
  const view = readView(search);
  const change = (part: Partial<View>) =>
    setSearch((current) => writeView({ ...readView(current), ...part }), { replace: true });
  return { view, change };
}
