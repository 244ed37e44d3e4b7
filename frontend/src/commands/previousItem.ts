import type { Command } from "./command";

export const previousItem: Command = {
  name: "previousItem",
  label: "review:command.previousItem",
  group: "item",
  keys: ["PageUp"],
  run: (context) => context.previousItem(),
};
