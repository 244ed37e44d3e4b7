import { describe, expect, it, vi } from "vitest";
import en from "@/i18n/en/review.json";
import zh from "@/i18n/zh-Hans/review.json";
import { isReserved, keyMap } from "./bindings";
import type { CommandContext, EditorSlug } from "./command";
import { COMMANDS } from "./index";
import { listenToKeys } from "./keyboard";
import { keyLabel, keyName } from "./keys";

const press = (key: string, code: string, more: Partial<KeyboardEvent> = {}) =>
  ({ key, code, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more }) as KeyboardEvent;

function listening(editor: EditorSlug = "object_detection") {
  const calls: string[] = [];
  const context = new Proxy({} as CommandContext, {
    get:
      (_target, name: string) =>
      (...args: unknown[]): unknown => {
        if (name === "toolKey") return false;
        calls.push([name, ...args].join(" "));
      },
  });
  const stop = listenToKeys(COMMANDS, editor, context, () => true);
  const send = (
    type: string,
    key: string,
    code: string,
    more: KeyboardEventInit = {},
    target: EventTarget = window,
  ) => target.dispatchEvent(new KeyboardEvent(type, { key, code, bubbles: true, cancelable: true, ...more }));
  return { calls, send, stop };
}

describe("commands", () => {
  it("no two of them claim the same key, in any editor", () => {
    for (const editor of ["object_detection", "image_classification", "semantic_segmentation"] as const) {
      expect(() => keyMap(COMMANDS, editor)).not.toThrow();
    }
    const clash = [...COMMANDS, { ...(COMMANDS[0] as (typeof COMMANDS)[number]), name: "other" }];
    expect(() => keyMap(clash, "object_detection")).toThrow("A belongs to both acceptRegion and other.");
  });

  it("names are unique and every one has its text in both languages", () => {
    expect(new Set(COMMANDS.map((command) => command.name)).size).toBe(COMMANDS.length);
    for (const { name, label, run } of COMMANDS) {
      // What only the grid has is tested with the grid.
      expect(label).toBe(run === undefined ? `grid:keys.${name}` : `review:command.${name}`);
      if (run === undefined) continue;
      expect(en.command).toHaveProperty(name);
      expect(zh.command).toHaveProperty(name);
    }
  });

  it("none takes a key that a browser or an input method needs", () => {
    for (const key of COMMANDS.flatMap((command) => command.keys)) {
      expect(key === "Escape" || !isReserved(key), key).toBe(true);
    }
  });

  it("key names do not depend on layout or input method", () => {
    expect(keyName(press("a", "KeyA"))).toBe("A");
    expect(keyName(press("A", "KeyA", { shiftKey: true }))).toBe("Shift+A");
    expect(keyName(press("Process", "KeyJ"))).toBe("J");
    expect(keyName(press("ф", "KeyA"))).toBe("A");
    expect(keyName(press("&", "Digit1"))).toBe("1");
    expect(keyName(press("?", "Slash", { shiftKey: true }))).toBe("?");
    expect(keyName(press("z", "KeyZ", { metaKey: true, shiftKey: true }))).toBe("Ctrl+Shift+Z");
    expect(keyName(press(" ", "Space"))).toBe("Space");
    expect(keyName(press("，", "Comma"))).toBe(",");
    expect(keyName(press("？", "Slash", { shiftKey: true }))).toBe("?");
    expect(keyName(press("Process", "Slash", { shiftKey: true }))).toBe("?");
    expect(keyName(press("【", "BracketLeft"))).toBe("[");
  });

  it("keys are printed as they are on the keyboard", () => {
    expect(["Ctrl+Shift+Z", "ArrowLeft", "+", "Ctrl++", "Shift+A"].map(keyLabel)).toEqual([
      "Ctrl + Shift + Z",
      "←",
      "+",
      "Ctrl + +",
      "Shift + A",
    ]);
  });

  it("every key of the specification does what the specification says", () => {
    // biome-ignore format: a table
    const wanted: Record<string, string> = {
      A: "acceptRegion", "Shift+A": "acceptAll", X: "rejectRegion", Delete: "rejectRegion", R: "restoreRegion",
      "1": "setClass", "9": "setClass", "0": "setClass", C: "searchClass", J: "nextUnchecked", K: "previousUnchecked",
      "Shift+J": "nextRegion", "Shift+K": "previousRegion", V: "selectTool", B: "boxTool", ArrowLeft: "nudgeRegion",
      "Shift+ArrowLeft": "nudgeRegionFar", E: "cyclePart", Space: "holdPan", F: "fitImage", Z: "zoomToRegion",
      G: "showGhost", ",": "lowerThreshold", ".": "raiseThreshold", L: "toggleLabels", "Ctrl+Z": "undo",
      "Ctrl+Shift+Z": "redo", "Ctrl+K": "openPalette", Enter: "submit", S: "skipItem", Q: "reportItem",
      PageUp: "previousItem", PageDown: "nextItem", Escape: "cancel", N: "nothingHere", W: "postponeItem",
      "?": "showShortcuts",
      D: "toggleDiff",
    };
    const map = keyMap(COMMANDS, "object_detection");
    const found = Object.fromEntries(Object.keys(wanted).map((key) => [key, map.get(key)?.command.name]));
    expect(found).toEqual(wanted);
  });

  it("polygons and masks have the keys of the specification, and boxes are not drawn there", () => {
    const wanted = {
      V: "selectTool",
      P: "polygonTool",
      M: "brushTool",
      "[": "smallerBrush",
      "]": "largerBrush",
      "Shift+P": "maskToPolygon",
      "Shift+M": "polygonToMask",
      "Shift+S": "simplifyPolygon",
      "Shift+F": "bringToFront",
      "Shift+B": "sendToBack",
      J: "nextUnchecked",
      A: "acceptRegion",
      "Shift+A": "acceptAll",
      ".": "raiseThreshold",
      Delete: "rejectRegion",
      Enter: "submit",
      B: undefined,
      E: undefined,
    };
    const map = keyMap(COMMANDS, "semantic_segmentation");
    const found = Object.fromEntries(Object.keys(wanted).map((key) => [key, map.get(key)?.command.name]));
    expect(found).toEqual(wanted);
    const boxes = keyMap(COMMANDS, "object_detection");
    expect(["P", "M", "[", "Shift+P", "Shift+F"].filter((key) => boxes.has(key))).toEqual([]);
  });

  it("brackets are found by their place: other layouts have letters there", () => {
    const { calls, send, stop } = listening("semantic_segmentation");
    send("keydown", "ü", "BracketLeft");
    send("keydown", "]", "BracketRight");
    send("keydown", "]", "BracketRight", { repeat: true });
    stop();
    expect(calls).toEqual(["resizeBrush 0.8", "resizeBrush 1.25", "resizeBrush 1.25"]);
  });

  it("what a drawing tool takes of the keys does nothing else", () => {
    const context = { toolKey: (key: string) => key === "Delete", rejectSelected: vi.fn() };
    const reject = COMMANDS.find((command) => command.name === "rejectRegion");
    reject?.run?.(context as never, "Delete");
    expect(context.rejectSelected).not.toHaveBeenCalled();
    reject?.run?.(context as never, "X");
    expect(context.rejectSelected).toHaveBeenCalledOnce();
  });

  it("a held Enter submits once; a held J keeps stepping", () => {
    const { calls, send, stop } = listening();
    send("keydown", "Enter", "Enter");
    send("keydown", "Enter", "Enter", { repeat: true });
    send("keydown", "j", "KeyJ");
    send("keydown", "j", "KeyJ", { repeat: true });
    stop();
    expect(calls).toEqual(["submit", "step 1 unchecked", "step 1 unchecked"]);
  });

  it("Space pans only as long as it is held", () => {
    const { calls, send, stop } = listening();
    send("keydown", " ", "Space");
    send("keyup", " ", "Space");
    stop();
    expect(calls).toEqual(["holdPan true", "holdPan false"]);
  });

  it("nothing fires in a text field or while an input method composes", () => {
    const field = document.createElement("input");
    document.body.append(field);
    const { calls, send, stop } = listening();
    send("keydown", "a", "KeyA", {}, field);
    send("keydown", "a", "KeyA", { isComposing: true });
    stop();
    field.remove();
    expect(calls).toEqual([]);
  });

  it("digits choose classes and arrows nudge", () => {
    const { calls, send, stop } = listening();
    send("keydown", "3", "Digit3");
    send("keydown", "0", "Digit0");
    send("keydown", "ArrowLeft", "ArrowLeft", { shiftKey: true });
    stop();
    expect(calls).toEqual(["chooseClassAt 2", "chooseClassAt 9", "nudge -10 0"]);
  });

  it("commands of boxes are dead keys where there are none", () => {
    const { calls, send, stop } = listening("image_classification");
    send("keydown", "b", "KeyB");
    send("keydown", "1", "Digit1");
    stop();
    expect(calls).toEqual(["chooseClassAt 0"]);
  });
});
