import { type Command, REGION_EDITORS } from "./command";

export const toggleLabels: Command = {
  name: "toggleLabels",
  label: "review:command.toggleLabels",
  group: "view",
  keys: ["L"],
  needs: ["item"],
  editors: REGION_EDITORS,
  run: (context) => context.cycleLabels(),
};
