import type { Command, EditorSlug } from "./command";

export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** Keys of punctuation and digits mean what they print, whatever Shift does on this keyboard layout. */
const PRINTED = /^[?,.+=-]$/;

/** The letter or digit of the physical key: for input methods and layouts that swallow or change `event.key`. */
function fromCode(code: string): string | null {
  const match = /^(?:Key([A-Z])|Digit([0-9])|Numpad([0-9]))$/.exec(code);
  return match === null ? null : (match[1] ?? match[2] ?? match[3] ?? null);
}

function baseName(press: KeyPress): string {
  if (press.key === " ") return "Space";
  if (PRINTED.test(press.key)) return press.key;
  const physical = fromCode(press.code);
  if (/^[a-z]$/i.test(press.key)) return press.key.toUpperCase();
  if (/^[0-9]$/.test(press.key)) return press.key;
  return physical ?? press.key;
}

/** One name for a key press: "A", "Shift+A", "Ctrl+Shift+Z"; Command counts as Ctrl. */
export function keyName(press: KeyPress): string {
  const base = baseName(press);
  const shift = press.shiftKey && !PRINTED.test(base);
  return [press.ctrlKey || press.metaKey ? "Ctrl" : "", press.altKey ? "Alt" : "", shift ? "Shift" : "", base]
    .filter((part) => part !== "")
    .join("+");
}

/** The command of each key in one editor. Throws when two commands claim the same key. */
export function keyMap(commands: readonly Command[], editor: EditorSlug): Map<string, Command> {
  const map = new Map<string, Command>();
  for (const command of commands) {
    if (command.editors !== undefined && !command.editors.includes(editor)) continue;
    for (const key of command.keys) {
      const other = map.get(key);
      if (other !== undefined) throw new Error(`${key} belongs to both ${other.name} and ${command.name}.`);
      map.set(key, command);
    }
  }
  return map;
}

/** True where keys are text: there no shortcut fires. */
export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return true;
  return (
    target instanceof HTMLInputElement && !["range", "checkbox", "radio", "button"].includes(target.type)
  );
}

/** Controls that Enter, Space and arrows belong to while they have the focus. */
export function ownsKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && target.type === "range")
    return key.includes("Arrow") || key.startsWith("Page");
  if (target.closest("button, a[href], [role=menuitem]") !== null) return key === "Enter" || key === "Space";
  return target.closest("[role=listbox]") !== null && (key === "ArrowUp" || key === "ArrowDown");
}

const SYMBOLS: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  Delete: "Del",
  PageUp: "PgUp",
  PageDown: "PgDn",
};

/** How the key is printed on the shortcut page and in tooltips. */
export function keyLabel(key: string): string {
  return key
    .split("+")
    .map((part) => SYMBOLS[part] ?? part)
    .join(" + ");
}
