import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Button, Dialog, Field, TextArea } from "@/components";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./dialogs.module.css";

const REASONS = ["unclear", "quality", "irrelevant", "other"] as const;

/** Why an item is skipped: one digit, one click, or Enter for the first. The reason is stored by its name, not its text. */
export function SkipDialog({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const open = useStore(session.view, (view) => view.dialog === "skip");
  const keys = (event: KeyboardEvent) => {
    const reason = REASONS[Number(event.key) - 1];
    if (reason === undefined || event.repeat) return;
    event.preventDefault();
    session.skip(reason);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={() => session.closeDialog()}
      title={t("skip.title")}
      description={t("skip.description")}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: digits are a short way to the buttons inside */}
      <div className={styles.reasons} onKeyDown={keys}>
        {REASONS.map((reason, position) => (
          <button
            key={reason}
            type="button"
            className={styles.reason}
            // biome-ignore lint/a11y/noAutofocus: the dialog asks one question; its first answer takes Enter
            autoFocus={position === 0}
            onClick={() => session.skip(reason)}
          >
            <kbd className={styles.key}>{position + 1}</kbd>
            {t(`skip.reasons.${reason}`)}
          </button>
        ))}
      </div>
    </Dialog>
  );
}

export function ReportDialog({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const open = useStore(session.view, (view) => view.dialog === "report");
  return (
    <Dialog
      open={open}
      onOpenChange={() => session.closeDialog()}
      title={t("report.title")}
      description={t("report.description")}
    >
      {open ? <ReportForm session={session} /> : null}
    </Dialog>
  );
}

function ReportForm({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const [text, setText] = useState("");
  const send = () => {
    if (text.trim() !== "") session.report(text.trim());
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <div className={styles.stack}>
      <Field label={t("report.label")}>
        {(control) => (
          <TextArea
            {...control}
            autoFocus
            value={text}
            placeholder={t("report.placeholder")}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={keys}
          />
        )}
      </Field>
      <div className={styles.actions}>
        <Button variant="primary" disabled={text.trim() === ""} onClick={send}>
          {t("report.button")}
        </Button>
      </div>
    </div>
  );
}
