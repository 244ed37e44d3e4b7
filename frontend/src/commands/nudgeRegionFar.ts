import { type Command, REGION_EDITORS } from "./command";

const STEPS: Record<string, readonly [number, number]> = {
  "Shift+ArrowLeft": [-10, 0],
  "Shift+ArrowRight": [10, 0],
  "Shift+ArrowUp": [0, -10],
  "Shift+ArrowDown": [0, 10],
};

export const nudgeRegionFar: Command = {
  name: "nudgeRegionFar",
  label: "review:command.nudgeRegionFar",
  group: "edit",
  keys: ["Shift+ArrowLeft", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowDown"],
  perKey: true,
  needs: ["edit", "region"],
  repeats: true,
  editors: REGION_EDITORS,
  run: (context, key) => context.nudge(...(STEPS[key] ?? [0, 0])),
};
