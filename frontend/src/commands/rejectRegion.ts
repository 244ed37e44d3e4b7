import type { Command } from "./command";

export const rejectRegion: Command = {
  name: "rejectRegion",
  label: "review:command.rejectRegion",
  group: "decide",
  keys: ["X", "Delete", "Backspace"],
  needs: ["edit", "region"],
  editors: ["object_detection"],
  run: (context) => context.rejectSelected(),
};
