import type { Command } from "./command";

/** A tap switches the ghost on or off; held, it shows only as long as the key is down. */
export const showGhost: Command = {
  name: "showGhost",
  label: "review:command.showGhost",
  group: "view",
  keys: ["G"],
  needs: ["item"],
  editors: ["object_detection"],
  run: (context) => context.ghostDown(),
  release: (context) => context.ghostUp(),
};
