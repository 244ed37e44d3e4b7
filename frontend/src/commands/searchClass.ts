import type { Command } from "./command";

export const searchClass: Command = {
  name: "searchClass",
  label: "review:command.searchClass",
  group: "classes",
  keys: ["C"],
  needs: ["edit"],
  grid: true,
  run: (context) => context.openDialog("classes"),
};
