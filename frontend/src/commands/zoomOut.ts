import type { Command } from "./command";

export const zoomOut: Command = {
  name: "zoomOut",
  label: "review:command.zoomOut",
  group: "view",
  keys: ["-"],
  needs: ["item"],
  repeats: true,
  grid: true,
  run: (context) => context.zoomBy(1 / 1.4),
};
