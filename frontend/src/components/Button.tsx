import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link, type LinkProps } from "react-router";
import styles from "./Button.module.css";
import { classes } from "./classes";

type Variant = "primary" | "secondary" | "ghost" | "danger";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: Variant;
  size?: "m" | "s";
  busy?: boolean;
  /** Why the button is off; given, the button is off and says so on hover and to screen readers. */
  reason?: string | null;
  icon?: ReactNode;
}

export function Button({
  variant = "secondary",
  size = "m",
  busy = false,
  reason,
  icon,
  children,
  className,
  disabled,
  type = "button",
  title,
  onClick,
  ...rest
}: ButtonProps) {
  const off = Boolean(reason) || disabled || busy;
  return (
    <button
      {...rest}
      type={type}
      className={classes(styles.button, styles[variant], size === "s" && styles.small, className)}
      // A button with a reason stays focusable, so that the reason can be reached by keyboard.
      disabled={disabled || busy}
      aria-disabled={off || undefined}
      aria-busy={busy || undefined}
      title={reason ?? title}
      onClick={(event) => (off ? event.preventDefault() : onClick?.(event))}
    >
      {busy ? <span className={styles.spinner} aria-hidden="true" /> : icon}
      {children}
      {reason ? <span className="visually-hidden"> ({reason})</span> : null}
    </button>
  );
}

export interface LinkButtonProps extends LinkProps {
  variant?: Variant;
  size?: "m" | "s";
}

export function LinkButton({ variant = "secondary", size = "m", className, ...rest }: LinkButtonProps) {
  return (
    <Link
      {...rest}
      className={classes(styles.button, styles[variant], size === "s" && styles.small, className as string)}
    />
  );
}

export function DownloadButton({
  href,
  children,
  size = "m",
}: {
  href: string;
  children: ReactNode;
  size?: "m" | "s";
}) {
  return (
    <a
      className={classes(styles.button, styles.secondary, size === "s" && styles.small)}
      href={href}
      download
    >
      {children}
    </a>
  );
}
