import { type Command, REGION_EDITORS } from "./command";

export const rejectRegion: Command = {
  name: "rejectRegion",
  label: "review:command.rejectRegion",
  group: "decide",
  keys: ["X", "Delete", "Backspace"],
  needs: ["edit", "region"],
  editors: REGION_EDITORS,
  // Of a polygon Delete takes a corner, where one is meant.
  grid: true,
  run: (context, key) => {
    if (!context.toolKey(key)) context.rejectSelected();
  },
};
