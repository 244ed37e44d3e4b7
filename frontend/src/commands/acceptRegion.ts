import type { Command } from "./command";

export const acceptRegion: Command = {
  name: "acceptRegion",
  label: "review:command.acceptRegion",
  group: "decide",
  keys: ["A"],
  needs: ["edit"],
  repeats: true,
  run: (context) => context.acceptSelected(),
};
