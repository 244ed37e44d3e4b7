import type { Command } from "./command";

export const zoomToRegion: Command = {
  name: "zoomToRegion",
  label: "review:command.zoomToRegion",
  group: "view",
  keys: ["Z"],
  editors: ["object_detection"],
  run: (context) => context.zoomToSelected(),
};
