import { type Command, REGION_EDITORS } from "./command";

export const previousUnchecked: Command = {
  name: "previousUnchecked",
  label: "review:command.previousUnchecked",
  group: "move",
  keys: ["K"],
  needs: ["item"],
  repeats: true,
  editors: REGION_EDITORS,
  grid: true,
  run: (context) => context.step(-1, "unchecked"),
};
