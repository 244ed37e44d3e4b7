import type { Command } from "./command";

export const moveInGrid: Command = {
  name: "moveInGrid",
  label: "grid:keys.moveInGrid",
  group: "move",
  keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"],
  perKey: true,
  repeats: true,
  editors: [],
  grid: true,
};
