import type { Command } from "./command";

export const toggleDiff: Command = {
  name: "toggleDiff",
  label: "review:command.toggleDiff",
  group: "view",
  keys: ["D"],
  editors: ["object_detection"],
  needs: ["item"],
  run: (context) => context.toggleDiff(),
};
