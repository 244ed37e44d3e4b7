import type { Command } from "./command";

export const correctInstead: Command = {
  name: "correctInstead",
  label: "review:command.correctInstead",
  group: "edit",
  keys: ["Y"],
  editors: ["object_detection"],
  needs: ["edit"],
  run: (context) => context.correctInstead(),
};
