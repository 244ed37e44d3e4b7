import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useRecording } from "@/commands/pages/KeyTable";
import { Button, Dialog, Field, ReasonChoice, Swatch, TextArea } from "@/components";
import { ClassFinder } from "@/editors/ClassFinder";
import { className } from "@/editors/classNames";
import { waitingItems } from "../session/courier";
import type { GridSession } from "../session/gridSession";
import { pickedRows, visibleRows } from "../session/gridView";
import dialogs from "./Dialogs.module.css";
import styles from "./Grid.module.css";
import { GridKeys, GridPalette } from "./GridKeys";

/** As in the single mode; the reason is stored by its name, not its text. */
const REASONS = ["unclear", "quality", "irrelevant", "other"] as const;

export function GridDialogs({ session }: { session: GridSession }) {
  const { t } = useTranslation("grid");
  const view = useStore(session.view);
  const { dialog } = view;
  const count = pickedRows(view).length;
  const close = () => {
    session.closeDialog();
    // Radix gives the focus back a moment later; the pictures take it where nothing else has it.
    window.setTimeout(() => document.querySelector<HTMLElement>("[data-grid]")?.focus(), 0);
  };
  const { close: closeKeys, ...recording } = useRecording(close);
  if (dialog === null) return null;
  const bodies = {
    classes: <Classes session={session} done={close} />,
    skip: <Skip session={session} done={close} />,
    report: <Report session={session} done={close} />,
    keys: <GridKeys {...recording} />,
    palette: <GridPalette session={session} done={close} />,
    look: <Look session={session} />,
    left: <Left session={session} />,
  };
  return (
    <Dialog
      open
      onOpenChange={dialog === "keys" ? closeKeys : close}
      wide={dialog === "keys" || dialog === "look"}
      title={dialog === "look" ? lookTitle(view) : t(`dialog.${dialog}`, { count })}
      description={
        dialog === "skip" || dialog === "report" ? t(`dialog.${dialog}About`, { count }) : undefined
      }
    >
      {bodies[dialog]}
    </Dialog>
  );
}

function lookTitle(view: Parameters<typeof visibleRows>[0] & { cursor: number }): string {
  return visibleRows(view)[view.cursor]?.item.name ?? "";
}

function Classes({ session, done }: { session: GridSession; done: () => void }) {
  const labels = useStore(session.view, (view) => view.classes);
  const choose = (label: { id: number }) => {
    session.chooseClass(label.id);
    done();
  };
  return <ClassFinder labels={labels} onChoose={choose} />;
}

function Skip({ session, done }: { session: GridSession; done: () => void }) {
  const { t } = useTranslation("review");
  const choose = (reason: string) => {
    session.setMark({ kind: "skip", reason });
    done();
  };
  return (
    <ReasonChoice
      reasons={REASONS.map((name) => ({ name, text: t(`skip.reasons.${name}`) }))}
      onChoose={choose}
    />
  );
}

function Report({ session, done }: { session: GridSession; done: () => void }) {
  const { t } = useTranslation("grid");
  const [text, setText] = useState("");
  const reason = text.trim();
  const send = () => {
    if (reason === "") return;
    session.setMark({ kind: "report", reason });
    done();
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
            maxLength={400}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={keys}
          />
        )}
      </Field>
      <div>
        <Button variant="primary" disabled={reason === ""} onClick={send}>
          {t("report.button")}
        </Button>
      </div>
    </div>
  );
}

/** The whole picture, and what the model thought it could be. */
function Look({ session }: { session: GridSession }) {
  const { t, i18n } = useTranslation("grid");
  const view = useStore(session.view);
  const row = visibleRows(view)[view.cursor];
  if (row === undefined) return null;
  return (
    <div className={dialogs.look}>
      <img src={row.item.image_url} alt={row.item.name} />
      <ul className={dialogs.guesses} aria-label={t("look.guesses")}>
        {(row.guess.top3.length > 0 ? row.guess.top3 : [[row.guess.class_id, row.guess.score] as const]).map(
          ([classId, score]) => {
            const label = view.classes.find((one) => one.id === classId);
            return (
              <li key={classId}>
                {label === undefined ? null : <Swatch color={label.color} />}
                {label === undefined ? `#${classId}` : className(label, i18n.language)}{" "}
                <span className={styles.score}>{Math.round(score * 100)} %</span>
              </li>
            );
          },
        )}
      </ul>
    </div>
  );
}

/** What is kept in this browser and not yet on the server. */
function Left({ session }: { session: GridSession }) {
  const { t } = useTranslation("grid");
  const state = useStore(session.courier.store);
  const waiting = waitingItems(state);
  return (
    <div className={styles.stack}>
      {state.durable ? null : <p className={styles.ask}>{t("left.notDurable")}</p>}
      <p>{waiting === 0 ? t("left.none") : t("left.waiting", { count: waiting })}</p>
      {waiting === 0 ? null : (
        <div>
          <Button variant="primary" onClick={() => session.courier.retryNow()}>
            {t("left.retry")}
          </Button>
        </div>
      )}
    </div>
  );
}
