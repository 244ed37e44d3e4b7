import { type ReactNode, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";

let target: HTMLElement | null = null;
const listeners = new Set<() => void>();

/** The ref of the free middle of the top bar; the shell sets it. */
export function setHeaderSlot(element: HTMLElement | null): void {
  target = element;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Puts a page's own controls (item n of m, save pill) into the shell's 40 px top bar, so that there is only one bar. */
export function HeaderSlot({ children }: { children: ReactNode }) {
  const element = useSyncExternalStore(subscribe, () => target);
  return element ? createPortal(children, element) : null;
}
