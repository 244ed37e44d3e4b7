import { describe, expect, it } from "vitest";
import { COMMANDS } from "@/commands";
import { DEFAULT_KEYS, keyMap, rebind } from "@/commands/bindings";
import { type Command, inPlace } from "@/commands/command";
import en from "@/i18n/en/grid.json";
import zh from "@/i18n/zh-Hans/grid.json";
import { GRID_ACTIONS } from "./gridKeys";

const named = (name: string) => COMMANDS.find((command) => command.name === name) as Command;
const give = (name: string, key: string) =>
  rebind(COMMANDS, DEFAULT_KEYS, { command: named(name), position: 0 }, key);

describe("the grid's keys", () => {
  it("are those of the one table: each does something here and has its text in both languages", () => {
    const names = COMMANDS.filter((command) => inPlace(command, "grid")).map(({ name }) => name);
    expect(names.sort()).toEqual(Object.keys(GRID_ACTIONS).sort());
    for (const name of names) {
      expect(en.keys).toHaveProperty(name);
      expect(zh.keys).toHaveProperty(name);
    }
    expect(keyMap(COMMANDS, "grid").get("Space")).toBeUndefined();
  });

  it("follow what a person changed for the single mode", () => {
    const digits = ["F", "2", "3", "4", "5", "6", "7", "8", "9", "0"];
    const map = keyMap(COMMANDS, "grid", { ...DEFAULT_KEYS, keys: { setClass: digits, undo: ["Ctrl+B"] } });
    expect(map.get("F")).toMatchObject({ command: { name: "setClass" }, slot: "1" });
    expect(map.get("1")).toBeUndefined();
    expect(map.get("Ctrl+B")?.command.name).toBe("undo");
  });

  it("refuse one that meets another here, and one that meets another in the single mode", () => {
    expect(give("skipItem", "Home")).toMatchObject({ reason: "taken", by: { name: "endsOfGrid" } });
    expect(give("moveInGrid", "X")).toMatchObject({ reason: "taken", by: { name: "rejectRegion" } });
    expect(give("skipItem", "A")).toMatchObject({ reason: "taken", by: { name: "acceptRegion" } });
    // Boxes are never shown in the grid, so that their tool stands in nobody's way there.
    expect(give("endsOfGrid", "B").ok).toBe(true);
  });

  it("of one letter or digit can be turned off, all others stay", () => {
    const map = keyMap(COMMANDS, "grid", { ...DEFAULT_KEYS, singleKeys: false });
    expect(map.get("X")).toBeUndefined();
    expect(map.get("Enter")?.command.name).toBe("submit");
    expect(map.get("ArrowUp")?.command.name).toBe("moveInGrid");
  });
});
