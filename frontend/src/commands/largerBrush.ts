import type { Command } from "./command";

export const largerBrush: Command = {
  name: "largerBrush",
  label: "review:command.largerBrush",
  group: "edit",
  keys: ["]"],
  needs: ["item"],
  repeats: true,
  editors: ["semantic_segmentation"],
  run: (context) => context.resizeBrush(1.25),
};
