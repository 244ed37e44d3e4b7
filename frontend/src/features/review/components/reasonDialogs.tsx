import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Button, Check, Dialog, Field, ReasonChoice, TextArea } from "@/components";
import { className } from "@/editors/classNames";
import type { PinnedRegion } from "@/outbox/entry";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./dialogs.module.css";
import { useFocusBack } from "./useFocusBack";

const REASONS = ["unclear", "quality", "irrelevant", "other"] as const;

/** Why an item is skipped. The reason is stored by its name, not its text. */
export function SkipDialog({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const open = useStore(session.view, (view) => view.dialog === "skip");
  return (
    <Dialog
      open={open}
      onOpenChange={() => session.closeDialog()}
      title={t("skip.title")}
      description={t("skip.description")}
    >
      <ReasonChoice
        reasons={REASONS.map((name) => ({ name, text: t(`skip.reasons.${name}`) }))}
        onChoose={(reason) => session.skip(reason)}
      />
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

/** The region in hand, and what the lead will see of it. */
function useSelected(session: ReviewSession): { name: string; pin: PinnedRegion } | null {
  const { i18n } = useTranslation("review");
  const labels = useStore(session.view, (view) => view.classes);
  const region = useStore(session.document.store, ({ doc, selectedId }) =>
    selectedId === null ? undefined : doc.regions[selectedId],
  );
  if (region === undefined) return null;
  const label = labels.find((one) => one.id === region.classId);
  const { id, classId, bbox } = region;
  return {
    name: label === undefined ? `#${classId}` : className(label, i18n.language),
    pin: { id, class_id: classId, bbox },
  };
}

function ReportForm({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const [text, setText] = useState("");
  useFocusBack(session);
  const region = useSelected(session);
  const [pinned, setPinned] = useState(true);
  const send = () => {
    if (text.trim() !== "") session.report(text.trim(), pinned && region !== null ? region.pin : null);
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
      {region === null ? null : (
        <Check
          checked={pinned}
          onChange={(event) => setPinned(event.target.checked)}
          label={t("keys:report.pinned", { name: region.name })}
        />
      )}
      <div className={styles.actions}>
        <Button variant="primary" disabled={text.trim() === ""} onClick={send}>
          {t("report.button")}
        </Button>
      </div>
    </div>
  );
}
