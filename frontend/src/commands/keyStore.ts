import { useCallback } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { DEFAULT_KEYS, type KeyPreferences, liveKeys } from "./bindings";
import { COMMANDS } from "./index";
import { keyLabel } from "./keys";

/** The keys of this page. Who keeps them for longer puts them in here; all that listens to keys or shows them reads it. */
export const keyStore = createStore<{ readonly preferences: KeyPreferences }>(() => ({
  preferences: DEFAULT_KEYS,
}));

/** How the key of a command is printed now; empty where it has none, because single keys are turned off. */
export function labelOfKey(preferences: KeyPreferences, name: string, position = 0): string {
  const command = COMMANDS.find((one) => one.name === name);
  const key = command === undefined ? null : (liveKeys(command, preferences)[position] ?? null);
  return key === null ? "" : keyLabel(key);
}

/** Prints keys, and prints them anew when a person changes them. */
export function useKeyLabels(): (name: string, position?: number) => string {
  const preferences = useStore(keyStore, (state) => state.preferences);
  return useCallback((name, position) => labelOfKey(preferences, name, position), [preferences]);
}
