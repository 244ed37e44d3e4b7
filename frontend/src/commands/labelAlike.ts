import type { Command } from "./command";

export const labelAlike: Command = {
  name: "labelAlike",
  label: "review:command.labelAlike",
  group: "classes",
  keys: ["Shift+C"],
  editors: ["object_detection", "image_classification"],
  needs: ["item"],
  run: (context) => context.openDialog("alike"),
};
