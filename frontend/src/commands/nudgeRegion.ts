import { type Command, REGION_EDITORS } from "./command";

const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export const nudgeRegion: Command = {
  name: "nudgeRegion",
  label: "review:command.nudgeRegion",
  group: "edit",
  keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"],
  perKey: true,
  needs: ["edit", "region"],
  repeats: true,
  editors: REGION_EDITORS,
  run: (context, key) => context.nudge(...(STEPS[key] ?? [0, 0])),
};
