import { useTranslation } from "react-i18next";
import { create } from "zustand";
import { classes } from "./classes";
import styles from "./Toast.module.css";

export interface ToastOptions {
  message: string;
  tone?: "neutral" | "good" | "bad";
  /** Offers `Undo` for as long as the toast stands. */
  undo?: () => void;
  /** How long it stands, in milliseconds. */
  duration_ms?: number;
}

interface Toast extends ToastOptions {
  id: number;
}

interface ToastStore {
  toasts: Toast[];
  show: (options: ToastOptions) => number;
  dismiss: (id: number) => void;
}

let lastId = 0;

export const useToasts = create<ToastStore>((set, get) => ({
  toasts: [],
  show: (options) => {
    lastId += 1;
    const id = lastId;
    set({ toasts: [...get().toasts.slice(-2), { ...options, id }] });
    setTimeout(() => get().dismiss(id), options.duration_ms ?? (options.undo ? 8000 : 4500));
    return id;
  },
  dismiss: (id) => set({ toasts: get().toasts.filter((toast) => toast.id !== id) }),
}));

/** Shows a short message at the bottom of the page; callable from anywhere. */
export function toast(options: ToastOptions): number {
  return useToasts.getState().show(options);
}

export function Toaster() {
  const { t } = useTranslation();
  const toasts = useToasts((state) => state.toasts);
  const dismiss = useToasts((state) => state.dismiss);
  return (
    <section className={styles.stack} aria-live="polite" aria-label={t("toast.label")}>
      {toasts.map(({ id, message, tone = "neutral", undo }) => (
        <div key={id} className={classes(styles.toast, styles[tone])}>
          <span className={styles.message}>{message}</span>
          {undo ? (
            <button
              type="button"
              className={styles.action}
              onClick={() => {
                undo();
                dismiss(id);
              }}
            >
              {t("action.undo")}
            </button>
          ) : null}
          <button
            type="button"
            className={styles.close}
            onClick={() => dismiss(id)}
            aria-label={t("action.close")}
          >
            <svg width="12" height="12" viewBox="0 0 14 14" aria-hidden="true">
              <path d="M3 3l8 8M11 3l-8 8" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
            </svg>
          </button>
        </div>
      ))}
    </section>
  );
}
