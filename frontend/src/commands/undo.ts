import type { Command } from "./command";

export const undo: Command = {
  name: "undo",
  label: "review:command.undo",
  group: "edit",
  keys: ["Ctrl+Z"],
  needs: ["edit", "past"],
  repeats: true,
  grid: true,
  run: (context) => context.undo(),
};
