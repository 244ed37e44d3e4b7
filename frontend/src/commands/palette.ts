import { type KeyPreferences, liveKeys } from "./bindings";
import { type Command, inPlace, type Need, type Place } from "./command";
import { bestScore } from "./fuzzy";
import { keyLabel } from "./keys";
import { CLASS_KEYS } from "./setClass";

/** One line of the palette: what is done, what does it, and what is in the way. */
export interface PaletteRow {
  readonly id: string;
  readonly command: Command;
  /** What `run` is told. */
  readonly slot: string;
  /** In the reader's language. */
  readonly title: string;
  /** All that finds it, the title included. */
  readonly names: readonly string[];
  readonly key: string;
  /** The class that it sets, for those that have no digit as well. */
  readonly classId: number | null;
  readonly lacks: Need | null;
}

export interface PaletteClass {
  readonly id: number;
  readonly title: string;
  readonly names: readonly string[];
}

interface Parts {
  readonly commands: readonly Command[];
  readonly place: Place;
  readonly preferences: KeyPreferences;
  readonly classes: readonly PaletteClass[];
  readonly missing: ReadonlySet<Need>;
  /** The names of a command: first the reader's, then those in other languages. */
  readonly namesOf: (command: Command) => readonly string[];
}

/** Every command of the place, one line for each thing it does; a command for classes has a line for each class. */
export function paletteRows({ commands, place, preferences, ...parts }: Parts): PaletteRow[] {
  return commands
    .filter((command) => command.name !== "openPalette" && inPlace(command, place))
    .flatMap((command): PaletteRow[] => {
      const lacks = command.needs?.find((need) => parts.missing.has(need)) ?? null;
      const live = liveKeys(command, preferences);
      const names = parts.namesOf(command);
      const title = names[0] ?? command.name;
      const label = (key: string | null | undefined) => (key == null ? "" : keyLabel(key));
      const common = { command, names, title, classId: null, lacks };
      if (command.name === "setClass") {
        return parts.classes.map((one, position) => ({
          ...common,
          id: `${command.name}-${one.id}`,
          slot: CLASS_KEYS[position] ?? "",
          title: `${title}: ${one.title}`,
          names: [...one.names, ...names.map((name) => `${name}: ${one.title}`)],
          key: label(live[position]),
          classId: one.id,
        }));
      }
      if (command.perKey) {
        return command.keys.map((slot, position) => ({
          ...common,
          id: `${command.name}-${slot}`,
          slot,
          title: `${title} ${keyLabel(slot)}`,
          key: label(live[position]),
        }));
      }
      const slot = command.keys[0] ?? "";
      return [{ ...common, id: command.name, slot, key: label(live.find((key) => key !== null)) }];
    });
}

/** The lines that fit what was typed, the best first; what can be done comes before what cannot. */
export function findRows(rows: readonly PaletteRow[], typed: string): PaletteRow[] {
  if (typed.trim() === "") return [...rows];
  return rows
    .flatMap((row) => {
      const score = bestScore(row.names, typed);
      return score === null ? [] : [{ row, score: row.lacks === null ? score : score / 2 }];
    })
    .sort((a, b) => b.score - a.score)
    .map(({ row }) => row);
}
