import type { Command } from "./command";

export const nextUnchecked: Command = {
  name: "nextUnchecked",
  label: "review:command.nextUnchecked",
  group: "move",
  keys: ["J"],
  needs: ["item"],
  repeats: true,
  editors: ["object_detection"],
  run: (context) => context.step(1, "unchecked"),
};
