import i18next from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { KeyPreferences } from "./bindings";
import { keyStore, labelOfKey } from "./keyStore";

/** Commands whose keys texts name, as `{{keys.submit}}`. */
const NAMED = [
  "submit",
  "boxTool",
  "polygonTool",
  "brushTool",
  "polygonToMask",
  "lowerThreshold",
  "previousItem",
  "holdPan",
] as const;
export type KeyTexts = Readonly<Record<(typeof NAMED)[number], string>>;

/** The keys as a person has them now. A command without a key is called by its name, as its button is. */
export function keyTexts(preferences: KeyPreferences): KeyTexts {
  const texts = NAMED.map((name) => [
    name,
    labelOfKey(preferences, name) || `“${i18next.t(`review:command.${name}`)}”`,
  ]);
  return Object.fromEntries(texts) as KeyTexts;
}

/** For texts of components; they change with the keys and with the language. */
export function useKeyTexts(): KeyTexts {
  const { i18n } = useTranslation();
  const preferences = useStore(keyStore, (state) => state.preferences);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names of commands are in the language
  return useMemo(() => keyTexts(preferences), [preferences, i18n.language]);
}
