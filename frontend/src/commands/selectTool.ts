import { type Command, REGION_EDITORS } from "./command";

export const selectTool: Command = {
  name: "selectTool",
  label: "review:command.selectTool",
  group: "edit",
  keys: ["V"],
  needs: ["item"],
  editors: REGION_EDITORS,
  run: (context) => context.setTool("select"),
};
