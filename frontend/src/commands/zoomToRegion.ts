import type { Command } from "./command";

export const zoomToRegion: Command = {
  name: "zoomToRegion",
  label: "review:command.zoomToRegion",
  group: "view",
  keys: ["Z"],
  needs: ["item", "region"],
  editors: ["object_detection"],
  run: (context) => context.zoomToSelected(),
};
