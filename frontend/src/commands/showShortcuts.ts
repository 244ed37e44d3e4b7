import type { Command } from "./command";

export const showShortcuts: Command = {
  name: "showShortcuts",
  label: "review:command.showShortcuts",
  group: "item",
  keys: ["?"],
  grid: true,
  run: (context) => context.openDialog("shortcuts"),
};
