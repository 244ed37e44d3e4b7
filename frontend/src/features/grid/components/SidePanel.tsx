import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useKeyLabels } from "@/commands/keyStore";
import { Button, Swatch } from "@/components";
import { className } from "@/editors/classNames";
import type { GridSession } from "../session/gridSession";
import { pickedRows, SIZES, visibleRows } from "../session/gridView";
import { lacking, summarize } from "../session/marks";
import styles from "./Grid.module.css";

/** The classes to give, what is said of the batch so far, and the way on. */
export function SidePanel({ session }: { session: GridSession }) {
  const { t } = useTranslation("grid");
  const phase = useStore(session.view, (view) => view.phase);
  return (
    <aside className={styles.panel} aria-label={t("panel.title")}>
      {phase === "ready" ? <Palette session={session} /> : <div className={styles.grow} />}
      <SizeChoice session={session} />
      <Batch session={session} />
    </aside>
  );
}

function Palette({ session }: { session: GridSession }) {
  const { t, i18n } = useTranslation("grid");
  const key = useKeyLabels();
  const view = useStore(session.view);
  const picked = pickedRows(view).length;
  const open = lacking(view.board, visibleRows(view)).length;
  return (
    <section className={styles.palette}>
      <h2 className={styles.title}>{t("panel.give", { count: picked })}</h2>
      <ul className={styles.classRows}>
        {view.classes.map((label, position) => (
          <li key={label.id} className={styles.paletteRow}>
            <button
              type="button"
              className={styles.classRow}
              title={className(label, i18n.language)}
              onClick={() => session.chooseClass(label.id)}
            >
              <kbd className={styles.key}>{key("setClass", position)}</kbd>
              <span className={styles.fixed}>
                <Swatch color={label.color} />
              </span>
              <span className="truncate">{className(label, i18n.language)}</span>
            </button>
            {open > 0 && label.id !== view.classId ? (
              <Button
                size="s"
                variant="ghost"
                aria-label={t("panel.all", { count: open, name: className(label, i18n.language) })}
                title={t("panel.all", { count: open, name: className(label, i18n.language) })}
                onClick={() => session.chooseForLacking(label.id)}
              >
                ✕ {open}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function SizeChoice({ session }: { session: GridSession }) {
  const { t } = useTranslation("grid");
  const size = useStore(session.view, (view) => view.size);
  const key = useKeyLabels();
  return (
    <fieldset className={styles.sizes}>
      <legend className={styles.hint}>
        {t("panel.size", { keys: `${key("zoomIn")} ${key("zoomOut")}` })}
      </legend>
      {SIZES.map((one) => (
        <button
          key={one}
          type="button"
          className={styles.size}
          aria-pressed={one === size}
          onClick={() => session.setSize(one)}
        >
          {one}
        </button>
      ))}
    </fieldset>
  );
}

function Batch({ session }: { session: GridSession }) {
  const { t } = useTranslation("grid");
  const key = useKeyLabels();
  const view = useStore(session.view);
  const rows = visibleRows(view);
  const { confirmed, corrected, back, passed } = summarize(
    view.board,
    rows,
    // What was handed in before is not confirmed anew, on the screen or not.
    view.again === null ? view.seen : new Set(rows.map(({ item }) => item.id)),
  );
  const ready = view.phase === "ready";
  const facts = [
    confirmed === 0 ? "" : t(view.again === null ? "sum.confirmed" : "sum.unchanged", { count: confirmed }),
    corrected > 0 ? t("sum.corrected", { count: corrected }) : "",
    back > 0 ? t("sum.back", { count: back }) : "",
    passed > 0 ? t("sum.passed", { count: passed }) : "",
  ];
  return (
    <div className={styles.batch}>
      {view.note === null ? null : (
        <p
          className={view.note.tone === "ask" ? styles.ask : styles.info}
          role="status"
          data-testid="grid-note"
        >
          {view.note.text}
        </p>
      )}
      <p className={styles.hint} aria-live="polite" data-testid="grid-sum">
        {ready ? facts.filter(Boolean).join(t("sum.and")) : ""}
      </p>
      <Button
        variant="primary"
        disabled={!ready}
        title={key("submit")}
        onClick={() => void session.confirm()}
        data-testid="grid-confirm"
      >
        {t(view.again !== null ? "confirm.again" : view.asked ? "confirm.anyway" : "confirm.do")}
        <kbd className={styles.onButton}>{key("submit")}</kbd>
      </Button>
      {view.last.length > 0 && view.again === null ? (
        <Button size="s" variant="ghost" onClick={() => void session.openAgain()}>
          {t("again", { count: view.last.length })} <kbd className={styles.key}>{key("previousItem")}</kbd>
        </Button>
      ) : null}
    </div>
  );
}
