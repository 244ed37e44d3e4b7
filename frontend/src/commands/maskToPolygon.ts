import type { Command } from "./command";

export const maskToPolygon: Command = {
  name: "maskToPolygon",
  label: "review:command.maskToPolygon",
  group: "edit",
  keys: ["Shift+P"],
  needs: ["edit", "mask"],
  editors: ["semantic_segmentation"],
  run: (context) => context.reshapeSelected("polygon"),
};
