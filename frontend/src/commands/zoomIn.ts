import type { Command } from "./command";

export const zoomIn: Command = {
  name: "zoomIn",
  label: "review:command.zoomIn",
  group: "view",
  keys: ["+", "="],
  needs: ["item"],
  repeats: true,
  grid: true,
  run: (context) => context.zoomBy(1.4),
};
