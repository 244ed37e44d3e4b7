import { COMMANDS } from "@/commands";
import { isCharacterKey, type KeyPreferences, keysOf } from "@/commands/bindings";
import { baseOf, isTextField, keyName, ownsKey } from "@/commands/keys";
import type { GridSession } from "./gridSession";

export type KeyGroup = "move" | "say" | "batch" | "view";
export const KEY_GROUPS: readonly KeyGroup[] = ["move", "say", "batch", "view"];

export interface GridCommand {
  readonly name: string;
  readonly group: KeyGroup;
  readonly keys: readonly string[];
  /** The command of the single mode that does the same: a key that a person changed there is the key here. */
  readonly like?: string;
  readonly repeats?: boolean;
  run(session: GridSession, slot: number): void;
}

const step = (slot: number): [columns: number, rows: number] => {
  const by = slot % 2 === 0 ? -1 : 1;
  return slot < 2 ? [by, 0] : [0, by];
};
const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];

export const GRID_COMMANDS: readonly GridCommand[] = [
  {
    name: "move",
    group: "move",
    keys: ARROWS,
    repeats: true,
    run: (session, slot) => session.moveBy(...step(slot)),
  },
  {
    name: "extend",
    group: "move",
    keys: ARROWS.map((key) => `Shift+${key}`),
    repeats: true,
    run: (session, slot) => session.moveBy(...step(slot), true),
  },
  {
    name: "ends",
    group: "move",
    keys: ["Home", "End"],
    run: (session, slot) => session.moveTo(slot === 0 ? 0 : Number.MAX_SAFE_INTEGER),
  },
  {
    name: "lacking",
    group: "move",
    keys: ["J"],
    like: "nextUnchecked",
    run: (session) => session.toLacking(1),
  },
  {
    name: "lackingBack",
    group: "move",
    keys: ["K"],
    like: "previousUnchecked",
    run: (session) => session.toLacking(-1),
  },
  {
    name: "wrong",
    group: "say",
    keys: ["X", "Delete", "Backspace"],
    like: "rejectRegion",
    run: (session) => session.toggleWrong(),
  },
  {
    name: "setClass",
    group: "say",
    keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"],
    like: "setClass",
    run: (session, slot) => session.chooseClassAt(slot),
  },
  {
    name: "searchClass",
    group: "say",
    keys: ["C"],
    like: "searchClass",
    run: (session) => session.openDialog("classes"),
  },
  {
    name: "later",
    group: "say",
    keys: ["W"],
    like: "postponeItem",
    run: (session) => session.setMark({ kind: "later" }),
  },
  { name: "skip", group: "say", keys: ["S"], like: "skipItem", run: (session) => session.openDialog("skip") },
  {
    name: "report",
    group: "say",
    keys: ["Q"],
    like: "reportItem",
    run: (session) => session.openDialog("report"),
  },
  {
    name: "undo",
    group: "say",
    keys: ["Ctrl+Z"],
    like: "undo",
    repeats: true,
    run: (session) => session.undo(),
  },
  {
    name: "redo",
    group: "say",
    keys: ["Ctrl+Shift+Z", "Ctrl+Y"],
    like: "redo",
    repeats: true,
    run: (session) => session.redo(),
  },
  {
    name: "confirm",
    group: "batch",
    keys: ["Enter"],
    like: "submit",
    run: (session) => void session.confirm(),
  },
  {
    name: "again",
    group: "batch",
    keys: ["PageUp"],
    like: "previousItem",
    run: (session) => void session.openAgain(),
  },
  { name: "escape", group: "batch", keys: ["Escape"], run: (session) => session.escape() },
  {
    name: "look",
    group: "view",
    keys: ["Z"],
    like: "zoomToRegion",
    run: (session) => session.openDialog("look"),
  },
  { name: "larger", group: "view", keys: ["+", "="], like: "zoomIn", run: (session) => session.resize(-1) },
  { name: "smaller", group: "view", keys: ["-"], like: "zoomOut", run: (session) => session.resize(1) },
  {
    name: "help",
    group: "view",
    keys: ["?"],
    like: "showShortcuts",
    run: (session) => session.openDialog("keys"),
  },
];

/** The keys of a command now; null for one that is turned off with all single keys. */
export function gridKeys(command: GridCommand, preferences: KeyPreferences): (string | null)[] {
  const like = COMMANDS.find((one) => one.name === command.like);
  const keys = like !== undefined && preferences.keys[like.name] ? keysOf(like, preferences) : command.keys;
  return keys.map((key) => (preferences.singleKeys || !isCharacterKey(key) ? key : null));
}

export function gridKeyMap(
  preferences: KeyPreferences,
): Map<string, { readonly command: GridCommand; readonly slot: number }> {
  const map = new Map<string, { command: GridCommand; slot: number }>();
  // Changed keys last: where one meets a key that only the grid has, the person's choice counts.
  const changed = (command: GridCommand) =>
    Number(command.like !== undefined && command.like in preferences.keys);
  for (const command of [...GRID_COMMANDS].sort((a, b) => changed(a) - changed(b)))
    gridKeys(command, preferences).forEach((key, slot) => {
      if (key !== null) map.set(key, { command, slot });
    });
  return map;
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
    const found = gridKeyMap(preferences()).get(key);
    // Enter and Space belong to a button that has the focus; the thumbnails are a list of ours and own no keys.
    const ours = event.target instanceof HTMLElement && event.target.closest("[data-grid]") !== null;
    if (found === undefined || (!ours && ownsKey(event.target, key))) return;
    event.preventDefault();
    if (event.repeat && (found.command.repeats !== true || baseOf(key) === "Enter")) return;
    session.pace.act();
    found.command.run(session, found.slot);
  };
  window.addEventListener("keydown", down);
  return () => window.removeEventListener("keydown", down);
}
