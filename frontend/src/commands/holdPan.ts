import type { Command } from "./command";

export const holdPan: Command = {
  name: "holdPan",
  label: "review:command.holdPan",
  group: "view",
  keys: ["Space"],
  needs: ["held"],
  run: (context) => context.holdPan(true),
  release: (context) => context.holdPan(false),
};
