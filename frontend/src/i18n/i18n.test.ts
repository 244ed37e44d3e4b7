import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "./en";
import zh from "./zh-Hans";

function flat(value: unknown, prefix = ""): [string, string][] {
  if (typeof value !== "object" || value === null) return [[prefix, String(value ?? "")]];
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, prefix ? `${prefix}.${key}` : key));
}

function keyed(files: Record<string, Record<string, unknown>>): Map<string, string> {
  const entries = Object.entries(files).flatMap(([path, strings]) => {
    const namespace = path.replace(/^.*\//, "").replace(".json", "");
    return flat(strings).map(([key, text]): [string, string] => [`${namespace}:${key}`, text]);
  });
  return new Map(entries);
}

const english = keyed(en);
const chinese = keyed(zh);
/** Chinese has one plural form, English two; they are the same string to the code. */
const base = (key: string) => key.replace(/_(one|other)$/, "");
const names = (text: string) => [...text.matchAll(/\{\{(\w+)/g)].map((match) => match[1]).sort();

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\./.test(entry.name) ? [path] : [];
  });
}

/** `t("a.b")` calls of a file, each with the namespace of the file's useTranslation or TFunction. */
function usedKeys(path: string): string[] {
  const text = readFileSync(path, "utf8");
  const namespace = /(?:useTranslation\(|TFunction<)"(\w+)"/.exec(text)?.[1] ?? "common";
  return [...text.matchAll(/\bt\(\s*"([\w.:-]+)"/g)].map(([, key = ""]) =>
    key.includes(":") ? key : `${namespace}:${key}`,
  );
}

describe("translations", () => {
  it("have the same keys in every language", () => {
    const keys = (map: Map<string, string>) => [...new Set([...map.keys()].map(base))].sort();
    expect(keys(chinese)).toEqual(keys(english));
  });

  it("have no empty text", () => {
    const empty = [...english, ...chinese].filter(([, text]) => text.trim() === "").map(([key]) => key);
    expect(empty).toEqual([]);
  });

  it("fill in the same values in every language", () => {
    const differing = [...chinese].filter(([key, text]) => {
      const twin = english.get(key) ?? english.get(`${base(key)}_other`) ?? "";
      return names(text).join() !== names(twin).join();
    });
    expect(differing).toEqual([]);
  });

  it("hold every key that the code names", () => {
    const known = new Set([...english.keys()].map(base));
    const missing = sources(join(__dirname, "..")).flatMap((path) =>
      usedKeys(path)
        .filter((key) => !known.has(key))
        .map((key) => `${path.replace(/^.*\/src\//, "")}: ${key}`),
    );
    expect(missing).toEqual([]);
  });
});
