import type { Command } from "./command";

export const restoreRegion: Command = {
  name: "restoreRegion",
  label: "review:command.restoreRegion",
  group: "decide",
  keys: ["R"],
  needs: ["edit", "region", "guess"],
  run: (context) => context.restoreSelected(),
};
