import { type KeyboardEvent, useState } from "react";

interface Typed<Option> {
  typed: string;
  current: Option | undefined;
  type: (text: string) => void;
  keys: (event: KeyboardEvent) => void;
}

const MOVES: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };

/** A field over a list: typing finds, arrows and page keys move, Enter chooses. */
export function useOptions<Option>(
  find: (typed: string) => readonly Option[],
  choose: (option: Option) => void,
): Typed<Option> & { found: readonly Option[] } {
  const [typed, setTyped] = useState("");
  const [position, setPosition] = useState(0);
  const found = find(typed);
  const at = Math.min(position, found.length - 1);
  const current = found[at];
  return {
    found,
    typed,
    current,
    type: (text) => {
      setTyped(text);
      setPosition(0);
    },
    keys: (event) => {
      // An input method that composes owns Enter and the arrows.
      if (event.nativeEvent.isComposing) return;
      const by = MOVES[event.key];
      // A held Enter may be the one that opened the dialog.
      if (event.key === "Enter" && current !== undefined) {
        if (!event.repeat) choose(current);
      } else if (by !== undefined) setPosition(Math.max(0, Math.min(found.length - 1, at + by)));
      else return;
      event.preventDefault();
    },
  };
}
