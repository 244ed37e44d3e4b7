import type { Command } from "./command";

/** The digit row: 1 is the first class of the palette, 0 the tenth. */
export const CLASS_KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"] as const;

export const setClass: Command = {
  name: "setClass",
  label: "review:command.setClass",
  group: "classes",
  keys: CLASS_KEYS,
  perKey: true,
  needs: ["edit"],
  grid: true,
  run: (context, key) => context.chooseClassAt(CLASS_KEYS.indexOf(key as (typeof CLASS_KEYS)[number])),
};
