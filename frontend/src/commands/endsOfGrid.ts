import type { Command } from "./command";

export const endsOfGrid: Command = {
  name: "endsOfGrid",
  label: "grid:keys.endsOfGrid",
  group: "move",
  keys: ["Home", "End"],
  perKey: true,
  editors: [],
  grid: true,
};
