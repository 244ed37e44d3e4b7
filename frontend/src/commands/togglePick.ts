import { type Command, REGION_EDITORS } from "./command";

export const togglePick: Command = {
  name: "togglePick",
  label: "review:command.togglePick",
  group: "move",
  keys: ["T"],
  editors: REGION_EDITORS,
  needs: ["region"],
  run: (context) => context.togglePick(),
};
