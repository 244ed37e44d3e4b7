import { COMMANDS } from "@/commands";
import { type KeyPreferences, keyMap } from "@/commands/bindings";
import type { Command } from "@/commands/command";
import { baseOf, isTextField, keyName, ownsKey } from "@/commands/keys";
import type { GridSession } from "./gridSession";

export type KeyGroup = "move" | "say" | "batch" | "view";
export const KEY_GROUPS: readonly KeyGroup[] = ["move", "say", "batch", "view"];

interface GridAction {
  readonly group: KeyGroup;
  run(session: GridSession, slot: number): void;
}

const step = (slot: number): [columns: number, rows: number] => {
  const by = slot % 2 === 0 ? -1 : 1;
  return slot < 2 ? [by, 0] : [0, by];
};

/** What the commands of the one key table do in the grid; the slot is the position among a command's keys. */
export const GRID_ACTIONS: Readonly<Record<string, GridAction>> = {
  moveInGrid: { group: "move", run: (session, slot) => session.moveBy(...step(slot)) },
  extendInGrid: { group: "move", run: (session, slot) => session.moveBy(...step(slot), true) },
  endsOfGrid: {
    group: "move",
    run: (session, slot) => session.moveTo(slot === 0 ? 0 : Number.MAX_SAFE_INTEGER),
  },
  nextUnchecked: { group: "move", run: (session) => session.toLacking(1) },
  previousUnchecked: { group: "move", run: (session) => session.toLacking(-1) },
  rejectRegion: { group: "say", run: (session) => session.toggleWrong() },
  setClass: { group: "say", run: (session, slot) => session.chooseClassAt(slot) },
  searchClass: { group: "say", run: (session) => session.openDialog("classes") },
  postponeItem: { group: "say", run: (session) => session.setMark({ kind: "later" }) },
  skipItem: { group: "say", run: (session) => session.openDialog("skip") },
  reportItem: { group: "say", run: (session) => session.openDialog("report") },
  undo: { group: "say", run: (session) => session.undo() },
  redo: { group: "say", run: (session) => session.redo() },
  submit: { group: "batch", run: (session) => void session.confirm() },
  previousItem: { group: "batch", run: (session) => void session.openAgain() },
  cancel: { group: "batch", run: (session) => session.escape() },
  zoomToRegion: { group: "view", run: (session) => session.openDialog("look") },
  zoomIn: { group: "view", run: (session) => session.resize(-1) },
  zoomOut: { group: "view", run: (session) => session.resize(1) },
  openPalette: { group: "view", run: (session) => session.openDialog("palette") },
  showShortcuts: { group: "view", run: (session) => session.openDialog("keys") },
};

export function runInGrid(session: GridSession, command: Command, slot: string): void {
  session.pace.act();
  GRID_ACTIONS[command.name]?.run(session, command.keys.indexOf(slot));
}

/** Listens to the keys of the page. Returns the unsubscriber. */
export function listenToGridKeys(
  session: GridSession,
  preferences: () => KeyPreferences,
  enabled: () => boolean,
): () => void {
  const down = (event: KeyboardEvent) => {
    if (event.isComposing || event.defaultPrevented || !enabled() || isTextField(event.target)) return;
    const key = keyName(event);
    const found = keyMap(COMMANDS, "grid", preferences()).get(key);
    // Enter and Space belong to a button that has the focus; the thumbnails are a list of ours and own no keys.
    const ours = event.target instanceof HTMLElement && event.target.closest("[data-grid]") !== null;
    if (found === undefined || (!ours && ownsKey(event.target, key))) return;
    event.preventDefault();
    if (event.repeat && (found.command.repeats !== true || baseOf(key) === "Enter")) return;
    runInGrid(session, found.command, found.slot);
  };
  window.addEventListener("keydown", down);
  return () => window.removeEventListener("keydown", down);
}
