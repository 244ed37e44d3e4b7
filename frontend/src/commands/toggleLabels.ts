import type { Command } from "./command";

export const toggleLabels: Command = {
  name: "toggleLabels",
  label: "review:command.toggleLabels",
  group: "view",
  keys: ["L"],
  editors: ["object_detection"],
  run: (context) => context.cycleLabels(),
};
