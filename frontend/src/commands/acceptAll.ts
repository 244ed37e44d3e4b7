import { type Command, REGION_EDITORS } from "./command";

export const acceptAll: Command = {
  name: "acceptAll",
  label: "review:command.acceptAll",
  group: "decide",
  keys: ["Shift+A"],
  needs: ["edit", "unchecked", "measured"],
  editors: REGION_EDITORS,
  run: (context) => context.acceptAll(),
};
