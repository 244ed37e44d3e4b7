import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { className } from "../classNames";
import type { Desk } from "../desk";
import { DECISIONS, type Histogram, precisionFrom } from "./histogram";
import { percent } from "./shapes";
import styles from "./ThresholdSlider.module.css";

/** What the colours of the bars mean; what is not on this picture is left out. */
export function Legend({ sum }: { sum: Histogram["sum"] }) {
  const { t } = useTranslation("check");
  return (
    <p className={styles.legend} aria-hidden="true">
      {[...DECISIONS]
        .reverse()
        .filter((name) => sum[name] > 0)
        .map((name) => (
          <span key={name} className={styles.key}>
            <svg width="8" height="8" viewBox="0 0 8 8" aria-hidden="true">
              <rect className={styles[name]} width="8" height="8" />
            </svg>
            <span className="num">{sum[name]}</span> {t(`histogram.${name}`)}
          </span>
        ))}
    </p>
  );
}

/** The accept threshold (of the selection's class, where it has its own) and how often it was right. */
export function AcceptLine({
  desk,
  accept,
  classId,
}: {
  desk: Desk;
  accept: number;
  classId: number | null;
}) {
  const { t, i18n } = useTranslation("check");
  const { measured, classes, thresholds } = useStore(desk.view);
  const never = accept > 1;
  const own = classId !== null && (never || thresholds.perClass[classId]?.accept != null);
  const label = own ? classes.find((one) => one.id === classId) : undefined;
  const value = percent(accept);
  const found = precisionFrom(measured.estimate, accept);
  const here = precisionFrom(measured.estimate, thresholds.show);
  return (
    <p className={styles.told} data-testid="accept-estimate">
      {label === undefined
        ? t(never ? "histogram.by_class" : "histogram.accept", { value })
        : t(never ? "histogram.never_class" : "histogram.accept_class", {
            value,
            name: className(label, i18n.language),
          })}
      {found === null
        ? ""
        : `: ${t("histogram.precision", { value: percent(found.precision), count: found.n })}`}
      {here === null ? null : (
        <span>
          {t("histogram.from_here", {
            value: percent(thresholds.show),
            precision: percent(here.precision),
            count: here.n,
          })}
        </span>
      )}
    </p>
  );
}
