import type { ReactNode } from "react";
import { Button } from "@/components";
import styles from "./Compress.module.css";

interface Move {
  label: string;
  onClick: () => void;
}

/** Back on the left, on on the right; `children` stand beside the way on. */
export function StepFoot({
  back,
  next,
  children,
}: {
  back: Move | null;
  next?: Move | null;
  children?: ReactNode;
}) {
  return (
    <div className={styles.foot}>
      {back ? <Button onClick={back.onClick}>{back.label}</Button> : <span />}
      <span className={styles.forward}>
        {children}
        {next ? (
          <Button variant="primary" onClick={next.onClick}>
            {next.label}
          </Button>
        ) : null}
      </span>
    </div>
  );
}
