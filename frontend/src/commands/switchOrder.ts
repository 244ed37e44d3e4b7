import { type Command, REGION_EDITORS } from "./command";

export const switchOrder: Command = {
  name: "switchOrder",
  label: "review:command.switchOrder",
  group: "move",
  keys: ["O"],
  editors: REGION_EDITORS,
  needs: ["item"],
  run: (context) => context.switchOrder(),
};
