import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { type EditorSlug, REGION_EDITORS } from "@/commands/command";
import { useKeyLabels } from "@/commands/keyStore";
import { useKeyTexts } from "@/commands/keyTexts";
import { Button, classes } from "@/components";
import { isShown, listRegions } from "@/document/region";
import type { ReviewSession } from "../session/reviewSession";
import { Banners } from "./Banners";
import styles from "./CanvasNotes.module.css";

/** Everything that lies over the canvas: short notes, what goes on with the picture, and what went wrong. */
export function CanvasNotes({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const { phase, note } = useStore(session.view);
  const key = useKeyLabels();
  return (
    <div className={styles.layer}>
      {phase === "opening" ? <Opening /> : null}
      {phase === "failed" ? <Failed session={session} /> : null}
      {phase === "working" ? (
        <>
          <Banners session={session} />
          <PictureNote session={session} />
          {note === null ? <Hint session={session} /> : null}
        </>
      ) : null}
      {note === null ? null : (
        <p
          className={classes(styles.note, note.tone === "ask" && styles.ask)}
          role="status"
          data-testid="note"
        >
          {note.text}
          {note.undo ? (
            <button type="button" className={styles.undo} onClick={() => session.undo()}>
              {t("tool.undo")} <kbd>{key("undo")}</kbd>
            </button>
          ) : null}
          {note.offer === null ? null : (
            <button type="button" className={styles.undo} onClick={() => session.correctInstead()}>
              {t("check:correct.key")} <kbd>{key("correctInstead")}</kbd>
            </button>
          )}
        </p>
      )}
    </div>
  );
}

function Opening() {
  const { t } = useTranslation("review");
  return (
    <div className={styles.card} role="status">
      <span className={styles.spinner} aria-hidden="true" />
      {t("page.loading")}
    </div>
  );
}

function Failed({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const problem = useStore(session.view, (view) => view.problem);
  return (
    <div className={styles.card} role="alert">
      <div>
        <p className={styles.strong}>{t("failed.title")}</p>
        <p className={styles.detail}>{problem}</p>
        <Button onClick={() => void session.next()}>{t("failed.retry")}</Button>
      </div>
    </div>
  );
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

function PictureNote({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const image = useStore(session.view, (view) => view.image);
  if (image.name === "ready") return null;
  if (image.name === "broken") {
    return (
      <div className={styles.card} role="alert" data-testid="image-broken">
        <div>
          <p className={styles.strong}>{t("image.broken")}</p>
          <p className={styles.detail}>{image.message}</p>
          <div className={styles.actions}>
            <Button
              variant="primary"
              onClick={() => session.report(t("report.broken_reason", { message: image.message }))}
            >
              {t("image.report_skip")}
            </Button>
            <Button onClick={() => session.retryPicture()}>{t("image.retry")}</Button>
          </div>
        </div>
      </div>
    );
  }
  return (
    <div className={styles.progress} role="status">
      <progress
        aria-label={t("image.loading")}
        {...(image.total > 0 ? { value: image.received, max: image.total } : {})}
      />
      <span>
        {image.total > 0
          ? t("image.bytes", { received: megabytes(image.received), total: megabytes(image.total) })
          : t("image.loading")}
      </span>
      {image.slow ? (
        <span className={styles.actions}>
          {t("image.slow")}
          <Button size="s" onClick={() => session.retryPicture()}>
            {t("image.retry")}
          </Button>
          <Button size="s" onClick={() => session.openDialog("skip")}>
            {t("image.skip")}
          </Button>
        </span>
      ) : null}
    </div>
  );
}

/** Says why there is nothing on the picture, where nothing is. */
function Hint({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const keys = useKeyTexts();
  const doc = useStore(session.document.store, (state) => state.doc);
  const thresholds = useStore(session.view, (view) => view.thresholds);
  if (!REGION_EDITORS.includes(session.project.task_type as EditorSlug)) return null;
  const regions = listRegions(doc);
  const shown = regions.some((region) => isShown(region, thresholds));
  if (shown) return null;
  const text =
    regions.length === 0
      ? t("hint.no_prediction", { keys })
      : t("hint.all_hidden", { keys, count: regions.length });
  return <p className={styles.note}>{text}</p>;
}
