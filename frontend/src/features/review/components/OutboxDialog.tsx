import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Button, Dialog } from "@/components";
import { asApiError } from "@/lib/api";
import type { Entry } from "@/outbox/entry";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./dialogs.module.css";

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** What is kept in this browser and not yet on the server, and what can be done about it. */
export function OutboxDialog({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const open = useStore(session.view, (view) => view.dialog === "outbox");
  const { entries, durable } = useStore(session.outbox.store);
  return (
    <Dialog
      open={open}
      onOpenChange={() => session.closeDialog()}
      title={t("outbox.title")}
      description={t("outbox.explain")}
    >
      <div className={styles.stack}>
        {durable ? null : <p className={styles.warning}>{t("outbox.not_durable")}</p>}
        {entries.length === 0 ? <p>{t("outbox.empty")}</p> : null}
        <ul className={styles.entries}>
          {entries.map((entry) => (
            <EntryRow key={entry.key} entry={entry} session={session} />
          ))}
        </ul>
        {entries.length === 0 ? null : (
          <div className={styles.actions}>
            <Button variant="primary" onClick={() => session.outbox.retryNow()}>
              {t("outbox.retry")}
            </Button>
            <Button onClick={() => download("winnow-outbox.json", session.outbox.exportJson())}>
              {t("outbox.export")}
            </Button>
          </div>
        )}
      </div>
    </Dialog>
  );
}

function EntryRow({ entry, session }: { entry: Entry; session: ReviewSession }) {
  const { t } = useTranslation("review");
  const stuck = entry.status !== "waiting";
  const path = entry.problem?.path;
  const send = () => {
    session.outbox
      .sendAgain(entry.itemId)
      .catch((error) => session.note(asApiError(error).message, { tone: "ask" }));
  };
  const suggest = () => {
    session.outbox.suggest(entry.itemId).then(
      () => session.note(t("conflict:suggestion.sent", { name: entry.itemName })),
      (error) => session.note(asApiError(error).message, { tone: "ask" }),
    );
  };
  const look = () => {
    session.closeDialog();
    void session.reopen(entry.itemId);
  };
  return (
    <li className={styles.entry}>
      <strong>
        {t(`outbox.kind.${entry.kind}`)}: {entry.itemName}
      </strong>
      <span className={styles.buttons}>
        {entry.status === "lease_lost" ? (
          <Button size="s" variant="primary" onClick={send}>
            {t("outbox.send")}
          </Button>
        ) : null}
        {entry.status === "lease_lost" && entry.document !== null ? (
          <Button size="s" onClick={suggest}>
            {t("conflict:suggestion.short")}
          </Button>
        ) : null}
        {stuck ? (
          <Button size="s" onClick={look}>
            {t("outbox.open")}
          </Button>
        ) : null}
        {stuck ? (
          <Button size="s" variant="danger" onClick={() => void session.outbox.discard(entry.key)}>
            {t("outbox.discard")}
          </Button>
        ) : null}
      </span>
      <span className={styles.hint}>
        {t(`outbox.status.${entry.status}`, { message: entry.problem?.message ?? "" })}
        {path == null ? "" : ` · ${t("outbox.at_path", { path })}`}
      </span>
    </li>
  );
}
