import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useKeyLabels } from "@/commands/keyStore";
import { useKeyTexts } from "@/commands/keyTexts";
import { Button } from "@/components";
import { isUnchecked, listRegions } from "@/document/region";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./Footer.module.css";

/** What is left to do on this item, and the four ways out of it. */
export function Footer({ session, asksUnchecked }: { session: ReviewSession; asksUnchecked: boolean }) {
  const { t } = useTranslation("review");
  const doc = useStore(session.document.store, (state) => state.doc);
  const thresholds = useStore(session.view, (view) => view.thresholds);
  const off = useStore(session.view, (view) => view.readOnly || view.phase !== "working");
  const ready = useStore(session.view, (view) => view.image.name === "ready");
  const count = asksUnchecked
    ? listRegions(doc).filter((region) => isUnchecked(region, thresholds)).length
    : 0;
  const key = useKeyLabels()("submit");
  const keys = useKeyTexts();
  const text =
    count === 0 ? (asksUnchecked ? t("submit.ready", { keys }) : "") : t("submit.to_check", { count });
  return (
    <footer className={styles.footer}>
      {text === "" ? null : (
        <p className={count === 0 ? styles.ready : styles.left} data-testid="to-check">
          {text}
        </p>
      )}
      <div className={styles.row}>
        <WayOut
          command="postponeItem"
          text={t("keys:postpone.button")}
          off={off}
          run={() => session.postpone()}
        />
        <WayOut command="skipItem" text={t("skip.button")} off={off} run={() => session.openDialog("skip")} />
        <WayOut
          command="reportItem"
          text={t("keys:report.short")}
          off={off}
          run={() => session.openDialog("report")}
        />
        <span className={styles.submit}>
          <Button
            variant="primary"
            disabled={off || !ready}
            title={withKey(t("command.submit"), key)}
            onClick={() => session.submit()}
          >
            {t("submit.button")} {key === "" ? null : <kbd>{key === "Enter" ? "↵" : key}</kbd>}
          </Button>
        </span>
      </div>
    </footer>
  );
}

const withKey = (name: string, key: string) => (key === "" ? name : `${name} (${key})`);

interface WayOutProps {
  command: string;
  text: string;
  off: boolean;
  run: () => void;
}

function WayOut({ command, text, off, run }: WayOutProps) {
  const { t } = useTranslation("review");
  const key = useKeyLabels()(command);
  return (
    <Button
      size="s"
      variant="ghost"
      disabled={off}
      title={withKey(t(`command.${command}`), key)}
      onClick={run}
    >
      {text} {key === "" ? null : <kbd>{key}</kbd>}
    </Button>
  );
}
