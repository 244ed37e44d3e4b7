import { type Command, REGION_EDITORS } from "./command";

export const zoomToRegion: Command = {
  name: "zoomToRegion",
  label: "review:command.zoomToRegion",
  group: "view",
  keys: ["Z"],
  needs: ["item", "region"],
  editors: REGION_EDITORS,
  grid: true,
  run: (context) => context.zoomToSelected(),
};
