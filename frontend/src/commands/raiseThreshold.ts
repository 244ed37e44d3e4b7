import type { Command } from "./command";

export const raiseThreshold: Command = {
  name: "raiseThreshold",
  label: "review:command.raiseThreshold",
  group: "view",
  keys: ["."],
  needs: ["item"],
  repeats: true,
  editors: ["object_detection"],
  run: (context) => context.moveThreshold(0.05),
};
