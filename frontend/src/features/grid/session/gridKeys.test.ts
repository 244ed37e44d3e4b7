import { describe, expect, it } from "vitest";
import { DEFAULT_KEYS } from "@/commands/bindings";
import { GRID_COMMANDS, gridKeyMap, gridKeys } from "./gridKeys";

const named = (name: string) => {
  const found = GRID_COMMANDS.find((command) => command.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

describe("the grid's keys", () => {
  it("meet nobody, and none is Space, which pans elsewhere", () => {
    const keys = GRID_COMMANDS.flatMap((command) => command.keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).not.toContain("Space");
  });

  it("follow what a person changed for the single mode", () => {
    const digits = ["F", "2", "3", "4", "5", "6", "7", "8", "9", "0"];
    const map = gridKeyMap({ ...DEFAULT_KEYS, keys: { setClass: digits, undo: ["Ctrl+B"] } });
    expect(map.get("F")).toMatchObject({ command: { name: "setClass" }, slot: 0 });
    expect(map.get("1")).toBeUndefined();
    expect(map.get("Ctrl+B")?.command.name).toBe("undo");
  });

  it("give way to a key that a person chose", () => {
    const map = gridKeyMap({ ...DEFAULT_KEYS, keys: { skipItem: ["Home"] } });
    expect(map.get("Home")?.command.name).toBe("skip");
  });

  it("of one letter or digit can be turned off, all others stay", () => {
    const off = { ...DEFAULT_KEYS, singleKeys: false };
    expect(gridKeys(named("setClass"), off).every((key) => key === null)).toBe(true);
    expect(gridKeys(named("confirm"), off)).toEqual(["Enter"]);
    expect(gridKeyMap(off).get("X")).toBeUndefined();
    expect(gridKeyMap(off).get("ArrowUp")?.command.name).toBe("move");
  });
});
