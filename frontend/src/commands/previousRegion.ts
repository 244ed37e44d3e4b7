import { type Command, REGION_EDITORS } from "./command";

export const previousRegion: Command = {
  name: "previousRegion",
  label: "review:command.previousRegion",
  group: "move",
  keys: ["Shift+K"],
  needs: ["item"],
  repeats: true,
  editors: REGION_EDITORS,
  run: (context) => context.step(-1, "any"),
};
