import type { Command } from "./command";

export const selectTool: Command = {
  name: "selectTool",
  label: "review:command.selectTool",
  group: "edit",
  keys: ["V"],
  needs: ["item"],
  editors: ["object_detection"],
  run: (context) => context.setTool("select"),
};
