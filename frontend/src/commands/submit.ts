import type { Command } from "./command";

export const submit: Command = {
  name: "submit",
  label: "review:command.submit",
  group: "item",
  keys: ["Enter"],
  needs: ["edit", "picture"],
  run: (context) => context.submit(),
};
