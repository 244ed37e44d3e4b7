import type { Command } from "./command";

export const switchOrder: Command = {
  name: "switchOrder",
  label: "review:command.switchOrder",
  group: "move",
  keys: ["O"],
  editors: ["object_detection"],
  needs: ["item"],
  run: (context) => context.switchOrder(),
};
