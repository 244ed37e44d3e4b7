import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { acceptFrom } from "@/document/region";
import type { Desk } from "../desk";
import { AcceptAll } from "./AcceptAll";
import { histogramOf } from "./histogram";
import { ScoreBars } from "./ScoreBars";
import { AcceptLine, Legend } from "./ScoreLegend";
import { percent } from "./shapes";
import styles from "./ThresholdSlider.module.css";

const LOWEST = 0.05;

export function ThresholdSlider({ desk }: { desk: Desk }) {
  const { t } = useTranslation("review");
  const doc = useStore(desk.document.store, (state) => state.doc);
  const classId = useStore(desk.document.store, ({ doc: now, selectedId }) =>
    selectedId === null ? null : (now.regions[selectedId]?.classId ?? null),
  );
  const thresholds = useStore(desk.view, (view) => view.thresholds);
  const histogram = useMemo(() => histogramOf(doc, thresholds), [doc, thresholds]);
  const { hidden, total } = histogram;
  if (total === 0) return null;
  const accept = classId === null ? thresholds.accept : acceptFrom(thresholds, classId);
  return (
    <section className={styles.section} aria-label={t("threshold.title")}>
      <div className={styles.heading}>
        <label htmlFor="show-threshold">{t("threshold.title")}</label>
        <output htmlFor="show-threshold" className="num">
          {percent(thresholds.show)}
        </output>
        <span className={styles.hidden}>
          {t("threshold.hidden", { count: hidden, context: hidden === 0 ? "zero" : undefined })}
        </span>
      </div>
      <ScoreBars histogram={histogram} show={thresholds.show} accept={accept} />
      <input
        id="show-threshold"
        className={styles.slider}
        type="range"
        min={0}
        max={1}
        step={0.01}
        value={thresholds.show}
        aria-valuetext={percent(thresholds.show)}
        onChange={(event) => desk.setShow(Math.max(LOWEST, Number(event.target.value)))}
      />
      <Legend sum={histogram.sum} />
      <AcceptLine desk={desk} accept={accept} classId={classId} />
      <AcceptAll desk={desk} />
    </section>
  );
}
