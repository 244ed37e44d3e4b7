import type { Command, CommandContext, EditorSlug } from "./command";
import { isTextField, keyMap, keyName, ownsKey } from "./keys";

/** Listens to the keys of the page and runs commands while `enabled` says so. Returns the unsubscriber. */
export function listenToKeys(
  commands: readonly Command[],
  editor: EditorSlug,
  context: CommandContext,
  enabled: () => boolean,
): () => void {
  const map = keyMap(commands, editor);
  const held = new Map<string, Command>();

  const down = (event: KeyboardEvent) => {
    if (event.isComposing || event.defaultPrevented || !enabled() || isTextField(event.target)) return;
    const key = keyName(event);
    const command = map.get(key);
    if (command === undefined || ownsKey(event.target, key)) return;
    event.preventDefault();
    if (event.repeat && command.repeats !== true) return;
    if (command.release !== undefined) held.set(event.code, command);
    command.run(context, key);
  };
  const up = (event: KeyboardEvent) => {
    const command = held.get(event.code);
    held.delete(event.code);
    command?.release?.(context);
  };
  const releaseAll = () => {
    for (const command of held.values()) command.release?.(context);
    held.clear();
  };
  window.addEventListener("keydown", down);
  window.addEventListener("keyup", up);
  window.addEventListener("blur", releaseAll);
  return () => {
    releaseAll();
    window.removeEventListener("keydown", down);
    window.removeEventListener("keyup", up);
    window.removeEventListener("blur", releaseAll);
  };
}
