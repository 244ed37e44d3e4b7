import { type Command, REGION_EDITORS } from "./command";

export const nothingHere: Command = {
  name: "nothingHere",
  label: "review:command.nothingHere",
  group: "decide",
  keys: ["N"],
  needs: ["edit"],
  editors: REGION_EDITORS,
  run: (context) => context.nothingHere(),
};
