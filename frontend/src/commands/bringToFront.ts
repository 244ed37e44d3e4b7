import type { Command } from "./command";

export const bringToFront: Command = {
  name: "bringToFront",
  label: "review:command.bringToFront",
  group: "edit",
  keys: ["Shift+F"],
  needs: ["edit", "region"],
  editors: ["semantic_segmentation"],
  run: (context) => context.stackSelected("front"),
};
