import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Columns } from "@/components";
import type { Dashboard, Project } from "@/lib/api";
import { formatDay, formatNumber, formatShare } from "@/lib/format";
import styles from "./Projects.module.css";

const DAY_MS = 86_400_000;

/** The days without a review too, up to today, so that a pause looks like one. */
export function everyDay(
  days: Dashboard["throughput"],
  length: number,
  now = Date.now(),
): Dashboard["throughput"] {
  const counted = new Map(days.map(({ day, n }) => [day, n]));
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  return Array.from({ length }, (_, index) => {
    const day = new Date(today - (length - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    return { day, n: counted.get(day) ?? 0 };
  });
}

interface ThroughputProps {
  project: Project;
  days: Dashboard["throughput"];
  /** How many days back. */
  length: number;
}

export function Throughput({ project, days, length }: ThroughputProps) {
  const { t } = useTranslation("projects");
  if (days.length === 0) return <p className="muted">{t("throughput.empty")}</p>;
  const values = everyDay(days, length).map(({ day, n }) => ({ key: day, label: formatDay(day), value: n }));
  const total = days.reduce((sum, { n }) => sum + n, 0);
  return (
    <>
      <Columns label={t("throughput.title")} values={values} format={formatNumber} />
      <p className={styles.below}>
        <Link to={`/projects/${project.id}/items?state=reviewed&order=newest`}>
          {t("throughput.total", { count: total, n: formatNumber(total) })}
        </Link>
      </p>
    </>
  );
}

interface SpotChecksProps {
  project: Project;
  spot: Dashboard["spot_checks"];
}

/** The interval is as large as the number: 3 of 3 is no proof. */
export function SpotChecks({ project, spot }: SpotChecksProps) {
  const { t } = useTranslation("projects");
  const link = <Link to={`/projects/${project.id}/items?reason=spot_check`}>{t("spot.waiting")}</Link>;
  if (!spot || spot.n === 0) {
    return (
      <>
        <p className="muted">{t("spot.empty")}</p>
        <p>{link}</p>
      </>
    );
  }
  return (
    <>
      <p className={styles.big}>{formatShare(spot.precision, 1)}</p>
      <p>{t("spot.interval", { low: formatShare(spot.low, 1), high: formatShare(spot.high, 1) })}</p>
      <p className="muted">{t("spot.kept", { kept: formatNumber(spot.kept), n: formatNumber(spot.n) })}</p>
      <p>{link}</p>
    </>
  );
}
