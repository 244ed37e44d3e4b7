import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useKeyLabels } from "@/commands/keyStore";
import { Button } from "@/components";
import type { Desk } from "../desk";
import { acceptable, bulkAccept, FEWEST } from "./bulkAccept";
import { percent } from "./shapes";
import styles from "./ThresholdSlider.module.css";

/** Accepts what is shown in one step; off, with the reason beside it, where nobody knows how often that is right. */
export function AcceptAll({ desk }: { desk: Desk }) {
  const { t } = useTranslation("check");
  const key = useKeyLabels()("acceptAll");
  const { measured, thresholds, readOnly } = useStore(desk.view);
  const count = useStore(desk.document.store, ({ doc }) => acceptable(doc, thresholds));
  const bulk = bulkAccept(measured, thresholds);
  const why = bulk.on
    ? null
    : t(`bulk.off.${bulk.why}`, { value: percent(bulk.from), count: bulk.n, fewest: FEWEST });
  return (
    <div className={styles.bulk}>
      <Button
        size="s"
        data-testid="accept-all"
        disabled={readOnly || (bulk.on && count === 0)}
        reason={why}
        onClick={() => desk.acceptAll()}
      >
        {t("bulk.accept", { count, value: percent(bulk.from) })} {key === "" ? null : <kbd>{key}</kbd>}
      </Button>
      {/* The button says it to screen readers itself. */}
      {why === null ? null : (
        <p className={styles.told} aria-hidden="true">
          {why}
        </p>
      )}
    </div>
  );
}
