import { type Command, REGION_EDITORS } from "./command";

export const lowerThreshold: Command = {
  name: "lowerThreshold",
  label: "review:command.lowerThreshold",
  group: "view",
  keys: [","],
  needs: ["item"],
  repeats: true,
  editors: REGION_EDITORS,
  run: (context) => context.moveThreshold(-0.05),
};
