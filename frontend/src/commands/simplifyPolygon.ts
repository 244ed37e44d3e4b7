import type { Command } from "./command";

export const simplifyPolygon: Command = {
  name: "simplifyPolygon",
  label: "review:command.simplifyPolygon",
  group: "edit",
  keys: ["Shift+S"],
  needs: ["edit", "polygon"],
  editors: ["semantic_segmentation"],
  run: (context) => context.reshapeSelected("simplify"),
};
