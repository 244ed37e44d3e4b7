import type { Command } from "./command";

export const zoomIn: Command = {
  name: "zoomIn",
  label: "review:command.zoomIn",
  group: "view",
  keys: ["+", "="],
  repeats: true,
  run: (context) => context.zoomBy(1.4),
};
