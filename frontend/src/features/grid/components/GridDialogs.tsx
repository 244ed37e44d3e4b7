import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { keyLabel } from "@/commands/keys";
import { Button, classes, Dialog, Field, Swatch, TextArea } from "@/components";
import { className } from "@/editors/classNames";
import { waitingItems } from "../session/courier";
import { GRID_COMMANDS, gridKeys, KEY_GROUPS } from "../session/gridKeys";
import type { GridSession } from "../session/gridSession";
import { pickedRows, visibleRows } from "../session/gridView";
import { ClassSearch } from "./ClassSearch";
import dialogs from "./Dialogs.module.css";
import styles from "./Grid.module.css";
import { useKeyPreferences } from "./useKeyPreferences";

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
  if (dialog === null) return null;
  const bodies = {
    classes: <ClassSearch session={session} done={close} />,
    skip: <Skip session={session} done={close} />,
    report: <Report session={session} done={close} />,
    keys: <Keys />,
    look: <Look session={session} />,
    left: <Left session={session} />,
  };
  return (
    <Dialog
      open
      onOpenChange={close}
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

function Skip({ session, done }: { session: GridSession; done: () => void }) {
  const { t } = useTranslation("review");
  const choose = (reason: string) => {
    session.setMark({ kind: "skip", reason });
    done();
  };
  const keys = (event: KeyboardEvent) => {
    const reason = REASONS[Number(event.key) - 1];
    if (reason === undefined || event.repeat) return;
    event.preventDefault();
    choose(reason);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: digits are a short way to the buttons inside
    <div className={dialogs.reasons} onKeyDown={keys}>
      {REASONS.map((reason, position) => (
        <button
          key={reason}
          type="button"
          className={dialogs.reason}
          // biome-ignore lint/a11y/noAutofocus: the dialog asks one question; its first answer takes Enter
          autoFocus={position === 0}
          onClick={() => choose(reason)}
        >
          <kbd className={styles.key}>{position + 1}</kbd>
          {t(`skip.reasons.${reason}`)}
        </button>
      ))}
    </div>
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

function Keys() {
  const { t } = useTranslation("grid");
  const preferences = useKeyPreferences();
  return (
    <div className={styles.stack}>
      <p className={styles.hint}>{t("keys.about")}</p>
      <div className={dialogs.columns}>
        {KEY_GROUPS.map((group) => (
          <section key={group} className={dialogs.group}>
            <h3 className={styles.title}>{t(`keys.group.${group}`)}</h3>
            {GRID_COMMANDS.filter((command) => command.group === group).map((command) => (
              <div key={command.name} className={dialogs.row}>
                <span>{t(`keys.${command.name}`)}</span>
                <span className={dialogs.list}>
                  {gridKeys(command, preferences).map((key, slot) => (
                    <kbd key={command.keys[slot]} className={classes(styles.key, key === null && styles.off)}>
                      {keyLabel(key ?? command.keys[slot] ?? "")}
                    </kbd>
                  ))}
                </span>
              </div>
            ))}
          </section>
        ))}
        <section className={dialogs.group}>
          <h3 className={styles.title}>{t("keys.mouse")}</h3>
          <div className={dialogs.row}>
            <span>{t("keys.wrong")}</span>
            <kbd className={styles.key}>{t("keys.click")}</kbd>
          </div>
          <div className={dialogs.row}>
            <span>{t("keys.clickRange")}</span>
            <kbd className={styles.key}>Shift + {t("keys.click")}</kbd>
          </div>
        </section>
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
