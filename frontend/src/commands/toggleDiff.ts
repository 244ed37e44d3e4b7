import { type Command, REGION_EDITORS } from "./command";

export const toggleDiff: Command = {
  name: "toggleDiff",
  label: "review:command.toggleDiff",
  group: "view",
  keys: ["D"],
  editors: REGION_EDITORS,
  needs: ["item"],
  run: (context) => context.toggleDiff(),
};
