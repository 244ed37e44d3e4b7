import type { Command } from "./command";

export const zoomOut: Command = {
  name: "zoomOut",
  label: "review:command.zoomOut",
  group: "view",
  keys: ["-"],
  repeats: true,
  run: (context) => context.zoomBy(1 / 1.4),
};
