import type { Command } from "./command";

export const submit: Command = {
  name: "submit",
  label: "review:command.submit",
  group: "item",
  keys: ["Enter"],
  needs: ["edit", "picture"],
  grid: true,
  run: (context) => context.submit(),
};
