import type { Command } from "./command";

export const sendToBack: Command = {
  name: "sendToBack",
  label: "review:command.sendToBack",
  group: "edit",
  keys: ["Shift+B"],
  needs: ["edit", "region"],
  editors: ["semantic_segmentation"],
  run: (context) => context.stackSelected("back"),
};
