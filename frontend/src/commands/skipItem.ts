import type { Command } from "./command";

export const skipItem: Command = {
  name: "skipItem",
  label: "review:command.skipItem",
  group: "item",
  keys: ["S"],
  run: (context) => context.openDialog("skip"),
};
