import type { Command } from "./command";

export const nextRegion: Command = {
  name: "nextRegion",
  label: "review:command.nextRegion",
  group: "move",
  keys: ["Shift+J"],
  needs: ["item"],
  repeats: true,
  editors: ["object_detection"],
  run: (context) => context.step(1, "any"),
};
