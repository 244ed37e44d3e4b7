import { type Command, REGION_EDITORS } from "./command";

export const raiseThreshold: Command = {
  name: "raiseThreshold",
  label: "review:command.raiseThreshold",
  group: "view",
  keys: ["."],
  needs: ["item"],
  repeats: true,
  editors: REGION_EDITORS,
  run: (context) => context.moveThreshold(0.05),
};
