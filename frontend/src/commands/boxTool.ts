import type { Command } from "./command";

export const boxTool: Command = {
  name: "boxTool",
  label: "review:command.boxTool",
  group: "edit",
  keys: ["B"],
  needs: ["edit"],
  editors: ["object_detection"],
  run: (context) => context.setTool("box"),
};
