import type { Command } from "./command";

export const brushTool: Command = {
  name: "brushTool",
  label: "review:command.brushTool",
  group: "edit",
  keys: ["M"],
  needs: ["edit"],
  editors: ["semantic_segmentation"],
  run: (context) => context.setTool("brush"),
};
