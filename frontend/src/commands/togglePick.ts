import type { Command } from "./command";

export const togglePick: Command = {
  name: "togglePick",
  label: "review:command.togglePick",
  group: "move",
  keys: ["T"],
  editors: ["object_detection"],
  needs: ["region"],
  run: (context) => context.togglePick(),
};
