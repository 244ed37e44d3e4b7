import { useTranslation } from "react-i18next";
import { Columns } from "@/components";
import type { Dashboard } from "@/lib/api";
import { formatDay, formatNumber, formatShare } from "@/lib/format";
import styles from "./Projects.module.css";

export function Throughput({ days }: { days: Dashboard["reviewed_per_day"] }) {
  const { t } = useTranslation("projects");
  if (days.length === 0) return <p className="muted">{t("throughput.empty")}</p>;
  const values = days.map(({ day, n }) => ({ key: day, label: formatDay(day), value: n }));
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
