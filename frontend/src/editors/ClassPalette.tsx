import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useKeyLabels } from "@/commands/keyStore";
import { classes } from "@/components";
import styles from "./ClassPalette.module.css";
import { className } from "./classNames";
import type { Desk } from "./desk";

/** The classes with their keys; the marked one is the selection's, or the one that the next box gets. */
export function ClassPalette({ desk }: { desk: Desk }) {
  const { t, i18n } = useTranslation("review");
  const key = useKeyLabels();
  const labels = useStore(desk.view, (view) => view.classes);
  const nextClassId = useStore(desk.view, (view) => view.nextClassId);
  const readOnly = useStore(desk.view, (view) => view.readOnly);
  const selected = useStore(desk.document.store, ({ doc, selectedId }) =>
    selectedId === null ? null : (doc.regions[selectedId]?.classId ?? null),
  );
  const current = selected ?? nextClassId;
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.querySelector(`[data-class="${current}"]`)?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <section className={styles.section} aria-label={t("class.title")}>
      <h2 className={styles.heading}>{t("class.title")}</h2>
      {labels.length === 0 ? <p className={styles.hint}>{t("class.missing")}</p> : null}
      <ul ref={list} className={styles.list}>
        {labels.map((label, position) => (
          <li key={label.id}>
            <button
              type="button"
              className={classes(styles.row, label.id === current && styles.current)}
              data-class={label.id}
              aria-pressed={label.id === current}
              disabled={readOnly}
              onClick={() => desk.chooseClass(label.id)}
            >
              <span className={styles.swatch} style={{ backgroundColor: label.color }} aria-hidden="true" />
              <span className={styles.name}>{className(label, i18n.language)}</span>
              {key("setClass", position) === "" ? null : (
                <kbd className={styles.key}>{key("setClass", position)}</kbd>
              )}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
