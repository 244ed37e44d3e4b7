import { type Command, REGION_EDITORS } from "./command";

export const nextUnchecked: Command = {
  name: "nextUnchecked",
  label: "review:command.nextUnchecked",
  group: "move",
  keys: ["J"],
  needs: ["item"],
  repeats: true,
  editors: REGION_EDITORS,
  grid: true,
  run: (context) => context.step(1, "unchecked"),
};
