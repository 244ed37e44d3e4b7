import { describe, expect, it } from "vitest";
import {
  DEFAULT_KEYS,
  isCharacterKey,
  isReserved,
  type KeyPreferences,
  keyMap,
  keysOf,
  liveKeys,
  type Rebinding,
  readPreferences,
  rebind,
  resetKeys,
} from "./bindings";
import type { Command, CommandContext } from "./command";
import { COMMANDS } from "./index";
import { listenToKeys } from "./keyboard";

const command = (name: string) => COMMANDS.find((one) => one.name === name) as Command;
const give = (name: string, key: string, preferences = DEFAULT_KEYS, position = 0) =>
  rebind(COMMANDS, preferences, { command: command(name), position }, key);
const accepted = (outcome: Rebinding): KeyPreferences => {
  if (!outcome.ok) throw new Error(`refused: ${outcome.reason}`);
  return outcome.preferences;
};

describe("changing a key", () => {
  it("gives the command the new key and takes the old one away", () => {
    const preferences = accepted(give("acceptRegion", "U"));
    expect(keysOf(command("acceptRegion"), preferences)).toEqual(["U"]);
    const map = keyMap(COMMANDS, "object_detection", preferences);
    expect(map.get("U")?.command.name).toBe("acceptRegion");
    expect(map.get("A")).toBeUndefined();
  });

  it("refuses a key that another command has, and says which; the digits of the classes count", () => {
    expect(give("acceptRegion", "X")).toMatchObject({ reason: "taken", by: { name: "rejectRegion" } });
    expect(give("acceptRegion", "5")).toMatchObject({ reason: "taken", by: { name: "setClass" } });
    expect(give("setClass", "7", DEFAULT_KEYS, 2)).toMatchObject({ by: { name: "setClass" } });
  });

  it("refuses what belongs to the browser, the clipboard or input methods", () => {
    for (const key of [
      "Tab",
      "Escape",
      "F5",
      "Ctrl+W",
      "Ctrl+Shift+T",
      "Alt+ArrowLeft",
      "Ctrl+Space",
      "Ctrl+C",
    ]) {
      expect(give("acceptRegion", key), key).toMatchObject({ ok: false, reason: "reserved" });
    }
    expect(isReserved("Ctrl+B")).toBe(false);
  });

  it("a digit given to a letter still sets its class", () => {
    const preferences = accepted(give("setClass", "U", DEFAULT_KEYS, 2));
    const binding = keyMap(COMMANDS, "object_detection", preferences).get("U");
    const chosen: number[] = [];
    const context = { chooseClassAt: (at: number) => chosen.push(at) } as unknown as CommandContext;
    binding?.command.run?.(context, binding.slot);
    expect(chosen).toEqual([2]);
  });

  it("the default key given again is no change, and one command is reset without the others", () => {
    const changed = accepted(give("undo", "Ctrl+U", accepted(give("acceptRegion", "U"))));
    expect(accepted(give("acceptRegion", "A", changed)).keys).toEqual({ undo: ["Ctrl+U"] });
    expect(accepted(resetKeys(COMMANDS, changed, command("undo"))).keys).toEqual({ acceptRegion: ["U"] });
  });

  it("a reset does not take back a key that another command has got meanwhile", () => {
    const swapped = accepted(give("rejectRegion", "A", accepted(give("acceptRegion", "U"))));
    expect(resetKeys(COMMANDS, swapped, command("acceptRegion"))).toMatchObject({
      reason: "taken",
      by: { name: "rejectRegion" },
    });
  });
});

describe("what the server keeps", () => {
  it("is taken over, a swap of two keys included", () => {
    const keys = { nextUnchecked: ["K"], previousUnchecked: ["J"] };
    expect(readPreferences(COMMANDS, { keys, single_keys: false })).toEqual({ keys, singleKeys: false });
  });

  it.each([
    null,
    {},
    { keys: { gone: ["U"] } },
    { keys: { acceptRegion: ["U", "I"] } },
    { keys: { acceptRegion: [7] } },
    { keys: { acceptRegion: ["Ctrl+W"] } },
    { keys: { cancel: ["U"] } },
    { keys: { acceptRegion: ["X"] } },
  ])("is left out where it does not fit: %j", (kept) => {
    expect(readPreferences(COMMANDS, kept)).toEqual(DEFAULT_KEYS);
  });

  it("never ends in two commands on one key, whatever is kept", () => {
    const letters = ["A", "X", "J", "K", "U", "I", "1", "R"];
    const names = ["acceptRegion", "nextUnchecked", "previousUnchecked", "restoreRegion", "fitImage"];
    for (let seed = 0; seed < 400; seed += 1) {
      const keys = Object.fromEntries(
        names.map((name, at) => [
          name,
          [letters[(seed * (at + 3) + at * at + (seed >> at)) % letters.length]],
        ]),
      );
      const preferences = readPreferences(COMMANDS, { keys });
      expect(() => keyMap(COMMANDS, "object_detection", preferences)).not.toThrow();
    }
  });
});

describe("single keys turned off", () => {
  const off = { ...DEFAULT_KEYS, singleKeys: false };

  it("leaves what speech and slips do not set off", () => {
    expect(["A", "Shift+A", "1", "?", ",", "+"].every(isCharacterKey)).toBe(true);
    expect(["Enter", "ArrowLeft", "Space", "Ctrl+K", "PageUp", "Delete"].some(isCharacterKey)).toBe(false);
    expect(liveKeys(command("rejectRegion"), off)).toEqual([null, "Delete", "Backspace"]);
  });

  it("no letter does anything; Ctrl+K and Enter do; the change holds at once", () => {
    const calls: string[] = [];
    const context = new Proxy({} as CommandContext, {
      get:
        (_target, name: string) =>
        (...given: unknown[]) =>
          calls.push([name, ...given].join(" ")),
    });
    let preferences: KeyPreferences = off;
    const stop = listenToKeys(
      COMMANDS,
      "object_detection",
      context,
      () => true,
      () => preferences,
    );
    const press = (key: string, code: string, more: KeyboardEventInit = {}) =>
      window.dispatchEvent(new KeyboardEvent("keydown", { key, code, cancelable: true, ...more }));
    press("a", "KeyA");
    press("k", "KeyK", { ctrlKey: true });
    press("Enter", "Enter");
    preferences = accepted(give("acceptRegion", "Enter", accepted(give("submit", "Ctrl+Enter"))));
    press("Enter", "Enter");
    press("Enter", "Enter", { repeat: true });
    press("Enter", "Enter", { ctrlKey: true });
    stop();
    expect(calls).toEqual(["openDialog palette", "submit", "acceptSelected", "submit"]);
  });
});
