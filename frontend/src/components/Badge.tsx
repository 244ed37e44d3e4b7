import type { ReactNode } from "react";
import styles from "./Badge.module.css";
import { classes } from "./classes";

export type Tone = "neutral" | "good" | "warn" | "bad" | "info";

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={classes(styles.badge, styles[tone])}>{children}</span>;
}

/** A colour beside its name, never alone. */
export function Swatch({ color, children }: { color: string; children?: ReactNode }) {
  return (
    <span className={styles.swatch}>
      <span className={styles.dot} style={{ background: color }} aria-hidden="true" />
      {children ? <span className="truncate">{children}</span> : null}
    </span>
  );
}
