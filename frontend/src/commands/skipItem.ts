import type { Command } from "./command";

export const skipItem: Command = {
  name: "skipItem",
  label: "review:command.skipItem",
  group: "item",
  keys: ["S"],
  needs: ["edit"],
  grid: true,
  run: (context) => context.openDialog("skip"),
};
