import type { KeyboardEvent } from "react";
import styles from "./ReasonChoice.module.css";

interface ReasonChoiceProps<Reason extends string> {
  reasons: readonly { readonly name: Reason; readonly text: string }[];
  onChoose: (reason: Reason) => void;
}

/** One question with a few answers: a digit, a click, or Enter for the first. */
export function ReasonChoice<Reason extends string>({ reasons, onChoose }: ReasonChoiceProps<Reason>) {
  const keys = (event: KeyboardEvent) => {
    const reason = reasons[Number(event.key) - 1];
    if (reason === undefined || event.repeat) return;
    event.preventDefault();
    onChoose(reason.name);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: digits are a short way to the buttons inside
    <div className={styles.reasons} onKeyDown={keys}>
      {reasons.map(({ name, text }, position) => (
        <button
          key={name}
          type="button"
          className={styles.reason}
          // biome-ignore lint/a11y/noAutofocus: the dialog asks one question; its first answer takes Enter
          autoFocus={position === 0}
          onClick={() => onChoose(name)}
        >
          <kbd className={styles.key}>{position + 1}</kbd>
          {text}
        </button>
      ))}
    </div>
  );
}
