import { type Binding, DEFAULT_KEYS, type KeyPreferences, keyMap } from "./bindings";
import type { Command, CommandContext, EditorSlug } from "./command";
import { baseOf, isTextField, keyName, ownsKey } from "./keys";

/** Listens to the keys of the page and runs commands while `enabled` says so. Returns the unsubscriber. */
export function listenToKeys(
  commands: readonly Command[],
  editor: EditorSlug,
  context: CommandContext,
  enabled: () => boolean,
  preferences: () => KeyPreferences = () => DEFAULT_KEYS,
): () => void {
  let map = new Map<string, Binding>();
  let mapped: KeyPreferences | null = null;
  const bindingOf = (key: string) => {
    const wanted = preferences();
    if (mapped !== wanted) map = keyMap(commands, editor, wanted);
    mapped = wanted;
    return map.get(key);
  };
  const held = new Map<string, Command>();

  const down = (event: KeyboardEvent) => {
    if (event.isComposing || event.defaultPrevented || !enabled() || isTextField(event.target)) return;
    const key = keyName(event);
    const binding = bindingOf(key);
    if (binding === undefined || ownsKey(event.target, key)) return;
    event.preventDefault();
    const { command, slot } = binding;
    // A held Enter never runs on, whatever it was given to.
    if (event.repeat && (command.repeats !== true || baseOf(key) === "Enter")) return;
    if (command.release !== undefined) held.set(event.code, command);
    command.run?.(context, slot);
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
