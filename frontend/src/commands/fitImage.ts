import type { Command } from "./command";

export const fitImage: Command = {
  name: "fitImage",
  label: "review:command.fitImage",
  group: "view",
  keys: ["F"],
  needs: ["item"],
  run: (context) => context.fit(),
};
