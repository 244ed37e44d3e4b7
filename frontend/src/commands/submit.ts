import type { Command } from "./command";

export const submit: Command = {
  name: "submit",
  label: "review:command.submit",
  group: "item",
  keys: ["Enter"],
  run: (context) => context.submit(),
};
