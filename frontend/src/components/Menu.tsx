import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";
import styles from "./Menu.module.css";

interface MenuProps {
  trigger: ReactNode;
  label?: string;
  align?: "start" | "end";
  children: ReactNode;
}

export function Menu({ trigger, label, align = "end", children }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger className={styles.trigger} aria-label={label}>
        {trigger}
        <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
          <path d="M2 3.5 5 6.5 8 3.5" fill="none" stroke="currentColor" strokeWidth="1.4" />
        </svg>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.content} align={align} sideOffset={6} collisionPadding={8}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface MenuItemProps {
  onSelect?: () => void;
  current?: boolean;
  lang?: string;
  children: ReactNode;
}

export function MenuItem({ onSelect, current, lang, children }: MenuItemProps) {
  return (
    <Radix.Item className={styles.item} onSelect={onSelect} lang={lang} data-current={current || undefined}>
      <span className="truncate">{children}</span>
      {current ? (
        <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
          <path d="M2.5 6.5 5 9l4.5-6" fill="none" stroke="currentColor" strokeWidth="1.6" />
        </svg>
      ) : null}
    </Radix.Item>
  );
}

export function MenuLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Radix.Item className={styles.item} asChild>
      <a href={href} target="_blank" rel="noreferrer">
        {children}
      </a>
    </Radix.Item>
  );
}

export function MenuNote({ children }: { children: ReactNode }) {
  return <Radix.Label className={styles.note}>{children}</Radix.Label>;
}

export function MenuLine() {
  return <Radix.Separator className={styles.line} />;
}
