import type { Command } from "./command";

export const redo: Command = {
  name: "redo",
  label: "review:command.redo",
  group: "edit",
  keys: ["Ctrl+Shift+Z", "Ctrl+Y"],
  needs: ["edit", "future"],
  repeats: true,
  grid: true,
  run: (context) => context.redo(),
};
