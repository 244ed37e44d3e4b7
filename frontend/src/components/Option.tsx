import type { HTMLAttributes } from "react";
import { classes } from "./classes";
import styles from "./Option.module.css";

interface OptionProps extends HTMLAttributes<HTMLDivElement> {
  current: boolean;
  /** Cannot be chosen now, and is shown all the same. */
  greyed?: boolean;
}

/** One row under a combobox: the field above has the keys and names the current row (aria-activedescendant). */
export function Option({ current, greyed = false, children, ...rest }: OptionProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field
    <div
      role="option"
      aria-selected={current}
      aria-disabled={greyed}
      className={classes(styles.option, current && styles.current, greyed && styles.greyed)}
      {...rest}
    >
      {children}
    </div>
  );
}
