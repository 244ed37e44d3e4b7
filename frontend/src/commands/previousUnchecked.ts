import type { Command } from "./command";

export const previousUnchecked: Command = {
  name: "previousUnchecked",
  label: "review:command.previousUnchecked",
  group: "move",
  keys: ["K"],
  needs: ["item"],
  repeats: true,
  editors: ["object_detection"],
  run: (context) => context.step(-1, "unchecked"),
};
