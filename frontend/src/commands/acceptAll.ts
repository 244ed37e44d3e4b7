import type { Command } from "./command";

export const acceptAll: Command = {
  name: "acceptAll",
  label: "review:command.acceptAll",
  group: "decide",
  keys: ["Shift+A"],
  needs: ["edit", "unchecked"],
  run: (context) => context.acceptAll(),
};
