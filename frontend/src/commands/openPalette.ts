import type { Command } from "./command";

export const openPalette: Command = {
  name: "openPalette",
  label: "review:command.openPalette",
  group: "item",
  keys: ["Ctrl+K"],
  grid: true,
  run: (context) => context.openDialog("palette"),
};
