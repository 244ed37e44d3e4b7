import type { Command } from "./command";

export const previousItem: Command = {
  name: "previousItem",
  label: "review:command.previousItem",
  group: "item",
  keys: ["PageUp"],
  needs: ["earlier"],
  grid: true,
  run: (context) => context.previousItem(),
};
