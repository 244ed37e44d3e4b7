import { type Command, inPlace, PLACES, type Place } from "./command";
import { baseOf } from "./keys";

/** What a person has changed of the keys; kept with the account. */
export interface KeyPreferences {
  /** Command → its keys, slot by slot as in `Command.keys`; only where they are not the default ones. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  /** False turns off every shortcut of a letter, digit or sign alone (WCAG 2.1.4). */
  readonly singleKeys: boolean;
}

export const DEFAULT_KEYS: KeyPreferences = { keys: {}, singleKeys: true };

export interface Binding {
  readonly command: Command;
  /** The default key of the slot: what `run` is told, whatever key it has now. */
  readonly slot: string;
}

export type Rebinding =
  | { readonly ok: true; readonly preferences: KeyPreferences }
  | { readonly ok: false; readonly reason: "reserved" }
  | { readonly ok: false; readonly reason: "taken"; readonly by: Command };

/** Keys of the browser, the clipboard, the system and input methods; Esc and Tab must always lead out. */
const RESERVED = [
  /Alt\+/,
  /^(Ctrl\+)?(Shift\+)?(Tab|Escape|F\d+|ContextMenu|Process|Unidentified|Dead|Meta)$/,
  /^Ctrl\+(Shift\+)?([WTNRLQJHPACVX]|Space|\d)$/,
];

export function isReserved(key: string): boolean {
  return RESERVED.some((pattern) => pattern.test(key));
}

/** One letter, digit or sign, with Shift or without: what speech input and a slip of the hand set off. */
export function isCharacterKey(key: string): boolean {
  return !/^(Ctrl|Alt)\+/.test(key) && [...baseOf(key)].length === 1;
}

/** The keys of a command, slot by slot. */
export function keysOf(command: Command, preferences: KeyPreferences): readonly string[] {
  return preferences.keys[command.name] ?? command.keys;
}

/** The keys that work now; null for a slot that is turned off. */
export function liveKeys(command: Command, preferences: KeyPreferences): (string | null)[] {
  return keysOf(command, preferences).map((key) =>
    preferences.singleKeys || !isCharacterKey(key) ? key : null,
  );
}

/** The command of each key in one place. Throws when two commands claim the same key. */
export function keyMap(
  commands: readonly Command[],
  place: Place,
  preferences: KeyPreferences = DEFAULT_KEYS,
): Map<string, Binding> {
  const map = new Map<string, Binding>();
  for (const command of commands.filter((one) => inPlace(one, place))) {
    liveKeys(command, preferences).forEach((key, position) => {
      if (key === null) return;
      const other = map.get(key)?.command;
      if (other !== undefined) throw new Error(`${key} belongs to both ${other.name} and ${command.name}.`);
      map.set(key, { command, slot: command.keys[position] ?? key });
    });
  }
  return map;
}

function meet(one: Command, other: Command): boolean {
  return PLACES.some((place) => inPlace(one, place) && inPlace(other, place));
}

/** Who else has the key where the command is used; single keys that are turned off still belong to their commands. */
function holderOf(
  commands: readonly Command[],
  preferences: KeyPreferences,
  command: Command,
  key: string,
): Command | null {
  const holds = (one: Command) =>
    one !== command && meet(one, command) && keysOf(one, preferences).includes(key);
  return commands.find(holds) ?? null;
}

function withKeys(preferences: KeyPreferences, command: Command, keys: readonly string[]): KeyPreferences {
  const { [command.name]: _before, ...others } = preferences.keys;
  const isDefault = keys.every((key, position) => key === command.keys[position]);
  return { ...preferences, keys: isDefault ? others : { ...others, [command.name]: keys } };
}

/** Gives a slot of a command another key, if nobody has it. */
export function rebind(
  commands: readonly Command[],
  preferences: KeyPreferences,
  target: { readonly command: Command; readonly position: number },
  key: string,
): Rebinding {
  const { command, position } = target;
  const keys = keysOf(command, preferences);
  if (keys[position] === key) return { ok: true, preferences };
  if (isReserved(key)) return { ok: false, reason: "reserved" };
  const by = keys.includes(key) ? command : holderOf(commands, preferences, command, key);
  if (by !== null) return { ok: false, reason: "taken", by };
  const changed = keys.map((old, at) => (at === position ? key : old));
  return { ok: true, preferences: withKeys(preferences, command, changed) };
}

/** Gives a command its default keys back, unless another one has taken one of them. */
export function resetKeys(
  commands: readonly Command[],
  preferences: KeyPreferences,
  command: Command,
): Rebinding {
  for (const key of command.keys) {
    const by = holderOf(commands, preferences, command, key);
    if (by !== null) return { ok: false, reason: "taken", by };
  }
  return { ok: true, preferences: withKeys(preferences, command, command.keys) };
}

function isKeyList(value: unknown, length: number): value is string[] {
  return (
    Array.isArray(value) &&
    value.length === length &&
    new Set(value).size === length &&
    value.every((key) => typeof key === "string" && key !== "" && !isReserved(key))
  );
}

/** What the server keeps, made fit for these commands: a version ago they may have been others, with other keys. */
export function readPreferences(commands: readonly Command[], kept: unknown): KeyPreferences {
  const { keys = {}, single_keys = true } = (kept ?? {}) as { keys?: object; single_keys?: unknown };
  let preferences: KeyPreferences = { keys: {}, singleKeys: single_keys !== false };
  const wanted = commands.filter(
    (command) =>
      !command.fixed && isKeyList((keys as Record<string, unknown>)[command.name], command.keys.length),
  );
  for (const command of wanted) {
    preferences = withKeys(preferences, command, (keys as Record<string, string[]>)[command.name] ?? []);
  }
  // A swap is fine as a whole, so that all are taken over first; then those that meet another one go.
  for (const command of wanted) {
    const clash = keysOf(command, preferences).some((key) => holderOf(commands, preferences, command, key));
    if (clash) preferences = withKeys(preferences, command, command.keys);
  }
  return allMeetNobody(commands, preferences) ? preferences : { ...preferences, keys: {} };
}

/** Going back to the default keys can meet somebody else's in turn; then none is changed. */
function allMeetNobody(commands: readonly Command[], preferences: KeyPreferences): boolean {
  return commands.every((command) =>
    keysOf(command, preferences).every((key) => holderOf(commands, preferences, command, key) === null),
  );
}
