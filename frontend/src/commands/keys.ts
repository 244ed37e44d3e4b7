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

/** What signs print on a US keyboard, without and with Shift. */
const SIGNS: Record<string, readonly [string, string]> = {
  Comma: [",", "<"],
  Period: [".", ">"],
  Slash: ["/", "?"],
  Minus: ["-", "_"],
  Equal: ["=", "+"],
};

/** What an input method puts in the place of a sign: nothing, or its full-width twin ("，", "？", "【"). */
const SWALLOWED = /^(?:Process|Unidentified|[\u2010-\u2026\u3000-\u303f\uff00-\uffef]+)$/;

/** By their place on every layout: a German keyboard has letters there, and prints the brackets with AltGr only. */
const BRACKETS: Record<string, string> = { BracketLeft: "[", BracketRight: "]" };

function baseName(press: KeyPress): string {
  if (press.key === " ") return "Space";
  const bracket = BRACKETS[press.code];
  if (bracket !== undefined) return bracket;
  if (PRINTED.test(press.key)) return press.key;
  if (/^[a-z]$/i.test(press.key)) return press.key.toUpperCase();
  if (/^[0-9]$/.test(press.key)) return press.key;
  const sign = SWALLOWED.test(press.key) ? SIGNS[press.code]?.[press.shiftKey ? 1 : 0] : undefined;
  return fromCode(press.code) ?? sign ?? press.key;
}

/** One name for a key press: "A", "Shift+A", "Ctrl+Shift+Z"; Command counts as Ctrl. */
export function keyName(press: KeyPress): string {
  const base = baseName(press);
  const shift = press.shiftKey && !PRINTED.test(base);
  return [press.ctrlKey || press.metaKey ? "Ctrl" : "", press.altKey ? "Alt" : "", shift ? "Shift" : "", base]
    .filter((part) => part !== "")
    .join("+");
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

const MODIFIERS = /^(?:Ctrl\+|Alt\+|Shift\+)*/;

/** The key itself, without what is held with it; "+" is a key as well. */
export function baseOf(key: string): string {
  return key.replace(MODIFIERS, "") || key;
}

/** How the key is printed on the shortcut page and in tooltips. */
export function keyLabel(key: string): string {
  const base = baseOf(key);
  const held = key
    .slice(0, key.length - base.length)
    .split("+")
    .filter(Boolean);
  return [...held, SYMBOLS[base] ?? base].join(" + ");
}
