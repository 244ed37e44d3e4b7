import { type Command, REGION_EDITORS } from "./command";

/** A tap switches the ghost on or off; held, it shows only as long as the key is down. */
export const showGhost: Command = {
  name: "showGhost",
  label: "review:command.showGhost",
  group: "view",
  keys: ["G"],
  needs: ["item"],
  editors: REGION_EDITORS,
  run: (context) => context.ghostDown(),
  release: (context) => context.ghostUp(),
};
