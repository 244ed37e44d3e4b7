import { describe, expect, it } from "vitest";
import en from "@/i18n/en/review.json";
import zh from "@/i18n/zh-Hans/review.json";
import { DEFAULT_KEYS } from "./bindings";
import { keyTexts } from "./keyTexts";

function texts(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [String(value)];
  return Object.values(value).flatMap(texts);
}

describe("keys that texts name", () => {
  it("are those that a person chose", () => {
    const own = keyTexts({ ...DEFAULT_KEYS, keys: { submit: ["U"], previousItem: ["Ctrl+ArrowUp"] } });
    expect(own).toMatchObject({ submit: "U", previousItem: "Ctrl + ↑", boxTool: "B" });
  });

  it("give way to the name of the command where single keys are turned off", () => {
    const off = keyTexts({ ...DEFAULT_KEYS, singleKeys: false });
    expect(off).toMatchObject({ boxTool: "“Draw a box”", submit: "Enter" });
  });

  it("are known by every text that names one", () => {
    const named = [...texts(en), ...texts(zh)].flatMap((text) =>
      [...text.matchAll(/\{\{keys\.(\w+)\}\}/g)].map((match) => match[1] ?? ""),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !(name in keyTexts(DEFAULT_KEYS)))).toEqual([]);
  });
});
