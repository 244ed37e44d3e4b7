import { describe, expect, it } from "vitest";
import en from "@/i18n/en/review.json";
import zh from "@/i18n/zh-Hans/review.json";
import { DEFAULT_KEYS } from "./bindings";
import type { Command, EditorSlug, Need } from "./command";
import { fuzzyScore } from "./fuzzy";
import { COMMANDS } from "./index";
import { findRows, paletteRows } from "./palette";

const texts = (command: Command): string[] => [
  (en.command as Record<string, string>)[command.name] ?? "",
  (zh.command as Record<string, string>)[command.name] ?? "",
];
const CLASSES = Array.from({ length: 12 }, (_, at) => ({
  id: 100 + at,
  title: `thing ${at}`,
  names: [`thing ${at}`],
}));

function rows(missing: Need[] = [], editor: EditorSlug = "object_detection") {
  return paletteRows({
    commands: COMMANDS,
    place: editor,
    preferences: DEFAULT_KEYS,
    classes: CLASSES,
    missing: new Set(missing),
    namesOf: texts,
  });
}
const best = (typed: string) => findRows(rows(), typed)[0]?.id;

describe("the palette", () => {
  it("has every command of the editor but itself, with its key", () => {
    const shown = (editor: EditorSlug) => new Set(rows([], editor).map((row) => row.command.name));
    const [boxes, areas] = [shown("object_detection"), shown("semantic_segmentation")];
    expect([...boxes].filter((name) => !areas.has(name))).toEqual([
      "labelAlike",
      "boxTool",
      "correctInstead",
      "cyclePart",
    ]);
    expect(areas.has("brushTool") && !boxes.has("brushTool")).toBe(true);
    const everywhere = new Set([...boxes, ...areas, ...shown("image_classification")]);
    expect([...everywhere].sort()).toEqual(
      COMMANDS.filter(({ run }) => run !== undefined)
        .map((command) => command.name)
        .filter((name) => name !== "openPalette")
        .sort(),
    );
    expect(rows().find((row) => row.id === "undo")?.key).toBe("Ctrl + Z");
    expect(new Set(rows().map((row) => row.id)).size).toBe(rows().length);
  });

  it("sets classes that have no digit as well", () => {
    const classes = rows().filter((row) => row.classId !== null);
    expect(classes.map((row) => row.key)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "", ""]);
    expect(best("thing 11")).toBe("setClass-111");
  });

  it("finds a command by its English name, its Chinese name, its initials, and with letters left out", () => {
    expect(best("undo")).toBe("undo");
    expect(best("fit")).toBe("fitImage");
    expect(best("撤销")).toBe("undo");
    expect(best("cx")).toBe("undo");
    expect(best("tjxyz")).toBe("submit");
    expect(best("zm in")).toBe("zoomIn");
    expect(findRows(rows(), "qqqqq")).toEqual([]);
  });

  it("says what is missing, the first thing first, and puts what can be done before it", () => {
    const without = rows(["region", "past"]);
    expect(without.find((row) => row.id === "undo")?.lacks).toBe("past");
    expect(without.find((row) => row.id === "restoreRegion")?.lacks).toBe("region");
    expect(without.find((row) => row.id === "redo")?.lacks).toBe(null);
    expect(rows(["held"]).find((row) => row.id === "holdPan")?.lacks).toBe("held");
    const zooms = findRows(without, "zoom").map((row) => row.id);
    expect(zooms.indexOf("zoomIn")).toBeLessThan(zooms.indexOf("zoomToRegion"));
  });

  it("every need has its reason in both languages", async () => {
    const keysEn = (await import("@/i18n/en/keys.json")).default;
    const keysZh = (await import("@/i18n/zh-Hans/keys.json")).default;
    for (const need of new Set(COMMANDS.flatMap((command) => command.needs ?? []))) {
      expect(keysEn.lacks).toHaveProperty(need);
      expect(keysZh.lacks).toHaveProperty(need);
    }
  });
});

describe("fuzzy search", () => {
  it("prefers the whole, then the beginning, then a word, then the inside", () => {
    const scores = ["undo", "undo all", "do undo", "redundo"].map((text) => fuzzyScore(text, "undo") ?? 0);
    expect([...scores].sort((a, b) => b - a)).toEqual(scores);
    expect(fuzzyScore("Fit the image", "zzz")).toBeNull();
  });
});
