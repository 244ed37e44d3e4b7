import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { isShown, listRegions } from "@/document/region";
import type { Desk } from "../desk";
import { percent } from "./shapes";
import styles from "./ThresholdSlider.module.css";

const BARS = 20;
const LOWEST = 0.05;

/** How many guesses lie in each twentieth of the score. */
export function histogram(scores: readonly number[]): number[] {
  const bars = new Array<number>(BARS).fill(0);
  for (const score of scores) {
    const bar = Math.min(BARS - 1, Math.max(0, Math.floor(score * BARS)));
    bars[bar] = (bars[bar] ?? 0) + 1;
  }
  return bars;
}

export function ThresholdSlider({ desk }: { desk: Desk }) {
  const { t } = useTranslation("review");
  const doc = useStore(desk.document.store, (state) => state.doc);
  const thresholds = useStore(desk.view, (view) => view.thresholds);
  const { bars, hidden, total } = useMemo(() => {
    const guesses = listRegions(doc).filter((region) => region.prediction !== null);
    return {
      bars: histogram(guesses.map((region) => region.prediction?.score ?? 0)),
      hidden: guesses.filter((region) => !isShown(region, thresholds)).length,
      total: guesses.length,
    };
  }, [doc, thresholds]);
  const tallest = Math.max(1, ...bars);
  if (total === 0) return null;
  return (
    <section className={styles.section}>
      <div className={styles.heading}>
        <label htmlFor="show-threshold">{t("threshold.title")}</label>
        <output htmlFor="show-threshold" className="num">
          {percent(thresholds.show)}
        </output>
        <span className={styles.hidden}>
          {t("threshold.hidden", { count: hidden, context: hidden === 0 ? "zero" : undefined })}
        </span>
      </div>
      <div className={styles.bars} role="img" aria-label={t("threshold.histogram")}>
        {bars.map((count, position) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: the bars never change places
            key={position}
            className={(position + 0.5) / BARS < thresholds.show ? styles.below : styles.bar}
            style={{ height: count === 0 ? 1 : `${Math.max(12, (count / tallest) * 100)}%` }}
          />
        ))}
      </div>
      <input
        id="show-threshold"
        className={styles.slider}
        type="range"
        min={LOWEST}
        max={1}
        step={0.01}
        value={thresholds.show}
        aria-valuetext={percent(thresholds.show)}
        onChange={(event) => desk.setShow(Number(event.target.value))}
      />
    </section>
  );
}
