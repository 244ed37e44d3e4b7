import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Button } from "@/components";
import { isUnchecked, listRegions } from "@/document/region";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./Footer.module.css";

/** What is left to do on this item, and the three ways out of it. */
export function Footer({ session, asksUnchecked }: { session: ReviewSession; asksUnchecked: boolean }) {
  const { t } = useTranslation("review");
  const doc = useStore(session.document.store, (state) => state.doc);
  const thresholds = useStore(session.view, (view) => view.thresholds);
  const off = useStore(session.view, (view) => view.readOnly || view.phase !== "working");
  const ready = useStore(session.view, (view) => view.image.name === "ready");
  const count = asksUnchecked
    ? listRegions(doc).filter((region) => isUnchecked(region, thresholds)).length
    : 0;
  const text = count === 0 ? (asksUnchecked ? t("submit.ready") : "") : t("submit.to_check", { count });
  return (
    <footer className={styles.footer}>
      {text === "" ? null : (
        <p className={count === 0 ? styles.ready : styles.left} data-testid="to-check">
          {text}
        </p>
      )}
      <div className={styles.row}>
        <Button
          size="s"
          variant="ghost"
          disabled={off}
          title={`${t("command.skipItem")} (S)`}
          onClick={() => session.openDialog("skip")}
        >
          {t("skip.button")} <kbd>S</kbd>
        </Button>
        <Button
          size="s"
          variant="ghost"
          disabled={off}
          title={`${t("command.reportItem")} (Q)`}
          onClick={() => session.openDialog("report")}
        >
          {t("report.title")} <kbd>Q</kbd>
        </Button>
        <span className={styles.submit}>
          <Button
            variant="primary"
            disabled={off || !ready}
            title={`${t("command.submit")} (Enter)`}
            onClick={() => session.submit()}
          >
            {t("submit.button")} <kbd>↵</kbd>
          </Button>
        </span>
      </div>
    </footer>
  );
}
