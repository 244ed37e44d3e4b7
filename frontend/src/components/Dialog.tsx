import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { classes } from "./classes";
import styles from "./Dialog.module.css";

interface DialogProps {
  open: boolean;
  onOpenChange?: (open: boolean) => void;
  title: string;
  description?: string;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
  /** Without a way out: Esc, the overlay and the cross do nothing. */
  locked?: boolean;
}

/** Into the first field that waits to be filled, not onto the cross; a dialog without fields takes the focus itself. */
function focusFirstField(event: Event) {
  const content = event.currentTarget as HTMLElement;
  event.preventDefault();
  const selector = "input:not([type=radio]):not([disabled]), select, textarea";
  const fields = [...content.querySelectorAll<HTMLInputElement>(selector)];
  (fields.find(({ value }) => value === "") ?? fields[0] ?? content).focus();
}

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  wide,
  locked,
}: DialogProps) {
  const { t } = useTranslation();
  const hold = (event: Event) => {
    if (locked) event.preventDefault();
  };
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={styles.overlay} />
        <Radix.Content
          className={classes(styles.content, wide && styles.wide)}
          onOpenAutoFocus={focusFirstField}
          onEscapeKeyDown={hold}
          onPointerDownOutside={hold}
          onInteractOutside={hold}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <header className={styles.header}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            {locked ? null : (
              <Radix.Close className={styles.close} aria-label={t("action.close")}>
                <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
                  <path
                    d="M3 3l8 8M11 3l-8 8"
                    stroke="currentColor"
                    strokeWidth="1.6"
                    strokeLinecap="round"
                  />
                </svg>
              </Radix.Close>
            )}
          </header>
          {description ? (
            <Radix.Description className={styles.description}>{description}</Radix.Description>
          ) : null}
          <div className={styles.body}>{children}</div>
          {footer ? <footer className={styles.footer}>{footer}</footer> : null}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
