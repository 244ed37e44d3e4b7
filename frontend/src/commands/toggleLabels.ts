import type { Command } from "./command";

export const toggleLabels: Command = {
  name: "toggleLabels",
  label: "review:command.toggleLabels",
  group: "view",
  keys: ["L"],
  needs: ["item"],
  editors: ["object_detection"],
  run: (context) => context.cycleLabels(),
};
