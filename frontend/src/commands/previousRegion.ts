import type { Command } from "./command";

export const previousRegion: Command = {
  name: "previousRegion",
  label: "review:command.previousRegion",
  group: "move",
  keys: ["Shift+K"],
  needs: ["item"],
  repeats: true,
  editors: ["object_detection"],
  run: (context) => context.step(-1, "any"),
};
