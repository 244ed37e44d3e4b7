import type { Command } from "./command";

export const nothingHere: Command = {
  name: "nothingHere",
  label: "review:command.nothingHere",
  group: "decide",
  keys: ["N"],
  needs: ["edit"],
  editors: ["object_detection"],
  run: (context) => context.nothingHere(),
};
