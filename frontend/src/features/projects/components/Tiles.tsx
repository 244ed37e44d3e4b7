import { useTranslation } from "react-i18next";
import { Columns } from "@/components";
import type { Dashboard } from "@/lib/api";
import { formatDay, formatNumber, formatShare } from "@/lib/format";
import styles from "./Projects.module.css";

const DAY_MS = 86_400_000;
const FEWEST_DAYS = 14;

/** The days without a review too, up to today, so that a pause looks like one. */
export function everyDay(
  days: Dashboard["reviewed_per_day"],
  now = Date.now(),
): Dashboard["reviewed_per_day"] {
  const counted = new Map(days.map(({ day, n }) => [day, n]));
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const first = Math.min(Date.parse(days[0]?.day ?? ""), today - (FEWEST_DAYS - 1) * DAY_MS);
  const length = Math.round((today - first) / DAY_MS) + 1;
  return Array.from({ length }, (_, index) => {
    const day = new Date(first + index * DAY_MS).toISOString().slice(0, 10);
    return { day, n: counted.get(day) ?? 0 };
  });
}

export function Throughput({ days }: { days: Dashboard["reviewed_per_day"] }) {
  const { t } = useTranslation("projects");
  if (days.length === 0) return <p className="muted">{t("throughput.empty")}</p>;
  const values = everyDay(days).map(({ day, n }) => ({ key: day, label: formatDay(day), value: n }));
  return <Columns label={t("throughput.title")} values={values} format={formatNumber} />;
}

export function SpotChecks({ spot }: { spot: Dashboard["spot_checks"] }) {
  const { t } = useTranslation("projects");
  if (!spot || spot.n === 0) return <p className="muted">{t("spot.empty")}</p>;
  return (
    <>
      <p className={styles.big}>{formatShare(spot.precision, 1)}</p>
      <p className="muted">{t("spot.kept", { kept: formatNumber(spot.kept), n: formatNumber(spot.n) })}</p>
    </>
  );
}
