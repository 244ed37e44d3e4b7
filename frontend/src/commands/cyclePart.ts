import type { Command } from "./command";

export const cyclePart: Command = {
  name: "cyclePart",
  label: "review:command.cyclePart",
  group: "edit",
  keys: ["E"],
  needs: ["item"],
  editors: ["object_detection"],
  run: (context) => context.cyclePart(),
};
