import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiError, asApiError } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { Button } from "./Button";
import styles from "./States.module.css";

/** Nothing is drawn for the first 150 ms: a skeleton that flashes is worse than none. */
function useLate(delay_ms = 150): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), delay_ms);
    return () => clearTimeout(timer);
  }, [delay_ms]);
  return late;
}

export function Skeleton({ rows = 4, height = 36 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  const late = useLate();
  const lines = Array.from({ length: rows }, (_, index) => `line-${index}`);
  return (
    <div className={styles.skeleton} role="status" aria-busy="true">
      <span className="visually-hidden">{t("state.loading")}</span>
      {lines.map((line) => (
        <div key={line} className={late ? styles.bone : undefined} style={{ height }} />
      ))}
    </div>
  );
}

export function PageSkeleton() {
  return (
    <div className={styles.page}>
      <Skeleton rows={6} />
    </div>
  );
}

interface EmptyStateProps {
  title: string;
  /** Why it is empty. */
  reason?: ReactNode;
  /** What to do next. */
  action?: ReactNode;
  /** It is all that the page has: its title is the page's. */
  page?: boolean;
}

export function EmptyState({ title, reason, action, page }: EmptyStateProps) {
  const Box = page ? "main" : "div";
  const Title = page ? "h1" : "p";
  return (
    <Box className={styles.state}>
      <Title className={styles.title}>{title}</Title>
      {reason ? <p className={styles.reason}>{reason}</p> : null}
      {action ? <div className={styles.action}>{action}</div> : null}
    </Box>
  );
}

interface ErrorStateProps {
  error: ApiError | Error | null;
  onRetry?: () => void;
}

export function ErrorState({ error, onRetry }: ErrorStateProps) {
  const { t } = useTranslation();
  const { code, message, status } = asApiError(error);
  const kind =
    status === 403 ? "forbidden" : status === 404 ? "missing" : status === 0 ? "offline" : "failed";
  return (
    <div className={styles.state} role="alert">
      <p className={styles.title}>{t(`error.${kind}.title`)}</p>
      <p className={styles.reason}>{t(`error.${kind}.about`)}</p>
      {kind === "failed" ? (
        <p className={styles.detail}>
          <code>{code}</code> {errorText({ code, message })}
        </p>
      ) : null}
      {onRetry && kind !== "forbidden" ? (
        <div className={styles.action}>
          <Button onClick={onRetry}>{t("action.retry")}</Button>
        </div>
      ) : null}
    </div>
  );
}
