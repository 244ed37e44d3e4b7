import type { Command } from "./command";

export const nextItem: Command = {
  name: "nextItem",
  label: "review:command.nextItem",
  group: "item",
  keys: ["PageDown"],
  needs: ["later"],
  run: (context) => context.nextItem(),
};
