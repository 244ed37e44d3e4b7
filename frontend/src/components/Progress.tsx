import { useTranslation } from "react-i18next";
import { formatDuration, formatNumber, formatShare } from "@/lib/format";
import { classes } from "./classes";
import styles from "./Progress.module.css";

interface ProgressProps {
  label: string;
  done: number;
  /** 0 = not known yet: the bar only shows that something moves. */
  total: number;
  eta_s?: number | null;
  compact?: boolean;
  /** The units mean nothing to people (shares of an epoch): the percentage alone is shown. */
  shareOnly?: boolean;
}

export function Progress({
  label,
  done,
  total,
  eta_s = null,
  compact = false,
  shareOnly = false,
}: ProgressProps) {
  const { t } = useTranslation();
  const share = total > 0 ? Math.min(1, done / total) : null;
  const amount = { done: formatNumber(done), total: formatNumber(total), share: formatShare(share) };
  const known = shareOnly ? amount.share : t("progress.of", amount);
  const caption = share === null ? t("progress.unknown") : known;
  return (
    <div className={styles.progress}>
      <div
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === null ? undefined : Math.round(share * 100)}
        className={classes(styles.track, share === null && styles.unknown)}
      >
        <div className={styles.fill} style={{ width: share === null ? "30%" : `${share * 100}%` }} />
      </div>
      {compact ? null : (
        <div className={classes(styles.caption, "num")}>
          <span>{caption}</span>
          {eta_s === null ? null : <span>{t("progress.eta", { time: formatDuration(eta_s) })}</span>}
        </div>
      )}
    </div>
  );
}
