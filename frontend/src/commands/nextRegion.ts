import { type Command, REGION_EDITORS } from "./command";

export const nextRegion: Command = {
  name: "nextRegion",
  label: "review:command.nextRegion",
  group: "move",
  keys: ["Shift+J"],
  needs: ["item"],
  repeats: true,
  editors: REGION_EDITORS,
  run: (context) => context.step(1, "any"),
};
