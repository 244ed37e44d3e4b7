import type { Command } from "./command";

export const postponeItem: Command = {
  name: "postponeItem",
  label: "review:command.postponeItem",
  group: "item",
  keys: ["W"],
  needs: ["edit"],
  grid: true,
  run: (context) => context.postpone(),
};
