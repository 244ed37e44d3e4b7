import type { Command } from "./command";

export const lowerThreshold: Command = {
  name: "lowerThreshold",
  label: "review:command.lowerThreshold",
  group: "view",
  keys: [","],
  needs: ["item"],
  repeats: true,
  editors: ["object_detection"],
  run: (context) => context.moveThreshold(-0.05),
};
