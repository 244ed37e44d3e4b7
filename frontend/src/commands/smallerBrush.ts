import type { Command } from "./command";

export const smallerBrush: Command = {
  name: "smallerBrush",
  label: "review:command.smallerBrush",
  group: "edit",
  keys: ["["],
  needs: ["item"],
  repeats: true,
  editors: ["semantic_segmentation"],
  run: (context) => context.resizeBrush(1 / 1.25),
};
