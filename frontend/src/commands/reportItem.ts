import type { Command } from "./command";

export const reportItem: Command = {
  name: "reportItem",
  label: "review:command.reportItem",
  group: "item",
  keys: ["Q"],
  needs: ["edit"],
  grid: true,
  run: (context) => context.openDialog("report"),
};
