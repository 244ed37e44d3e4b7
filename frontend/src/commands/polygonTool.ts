import type { Command } from "./command";

export const polygonTool: Command = {
  name: "polygonTool",
  label: "review:command.polygonTool",
  group: "edit",
  keys: ["P"],
  needs: ["edit"],
  editors: ["semantic_segmentation"],
  run: (context) => context.setTool("polygon"),
};
