import type { ButtonHTMLAttributes } from "react";
import { classes } from "./classes";
import styles from "./StatePill.module.css";

/** Where work is: on the server, on its way there, kept here, or in need of a person. */
export type PillTone = "saved" | "sending" | "waiting" | "bad";

interface StatePillProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone: PillTone;
}

/** A state in words, with a dot whose form says the same as its colour; a click tells more. */
export function StatePill({ tone, children, ...rest }: StatePillProps) {
  return (
    <button type="button" className={classes(styles.pill, styles[tone])} {...rest}>
      <span className={styles.dot} aria-hidden="true" />
      {children}
    </button>
  );
}

interface HelpButtonProps {
  label: string;
  shortcut: string;
  onClick: () => void;
}

/** The “?” in the top bar; `label` names what it opens, `shortcut` the key that does the same (may be empty). */
export function HelpButton({ label, shortcut, onClick }: HelpButtonProps) {
  const title = shortcut === "" ? label : `${label} (${shortcut})`;
  return (
    <button type="button" className={styles.help} aria-label={label} title={title} onClick={onClick}>
      ?
    </button>
  );
}
