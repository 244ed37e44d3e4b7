import type { ReactNode } from "react";
import styles from "./CanvasNotes.module.css";

interface BannerProps {
  title: string;
  text: string;
  testId: string;
  children: ReactNode;
}

/** A line over the picture with what can be done about it. */
export function Banner({ title, text, testId, children }: BannerProps) {
  return (
    <div className={styles.banner} role="alert" data-testid={testId}>
      <div>
        <p className={styles.strong}>{title}</p>
        <p>{text}</p>
      </div>
      {children}
    </div>
  );
}
