import type { Command } from "./command";

export const extendInGrid: Command = {
  name: "extendInGrid",
  label: "grid:keys.extendInGrid",
  group: "move",
  keys: ["Shift+ArrowLeft", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowDown"],
  perKey: true,
  repeats: true,
  editors: [],
  grid: true,
};
