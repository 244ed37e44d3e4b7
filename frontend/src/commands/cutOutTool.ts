import type { Command } from "./command";

export const cutOutTool: Command = {
  name: "cutOutTool",
  label: "review:command.cutOutTool",
  group: "edit",
  keys: ["H"],
  needs: ["edit"],
  editors: ["object_detection", "semantic_segmentation"],
  run: (context) => context.setTool("cutOut"),
};
