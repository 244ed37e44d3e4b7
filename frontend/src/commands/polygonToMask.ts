import type { Command } from "./command";

export const polygonToMask: Command = {
  name: "polygonToMask",
  label: "review:command.polygonToMask",
  group: "edit",
  keys: ["Shift+M"],
  needs: ["edit", "polygon"],
  editors: ["semantic_segmentation"],
  run: (context) => context.reshapeSelected("mask"),
};
