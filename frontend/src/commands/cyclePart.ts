import type { Command } from "./command";

export const cyclePart: Command = {
  name: "cyclePart",
  label: "review:command.cyclePart",
  group: "edit",
  keys: ["E"],
  editors: ["object_detection"],
  run: (context) => context.cyclePart(),
};
