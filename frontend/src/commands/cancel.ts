import type { Command } from "./command";

export const cancel: Command = {
  name: "cancel",
  label: "review:command.cancel",
  group: "edit",
  keys: ["Escape"],
  fixed: true,
  grid: true,
  run: (context) => context.escape(),
};
