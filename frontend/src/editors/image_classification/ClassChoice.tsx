import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useKeyLabels } from "@/commands/keyStore";
import { useKeyTexts } from "@/commands/keyTexts";
import { classes } from "@/components";
import { listRegions } from "@/document/region";
import { className } from "../classNames";
import type { Desk } from "../desk";
import styles from "./ClassChoice.module.css";

function share(score: number): string {
  return `${Math.round(score * 100)} %`;
}

/** All classes with their keys; the model's first three carry bars. */
export function ClassChoice({ desk }: { desk: Desk }) {
  const { t, i18n } = useTranslation("review");
  const key = useKeyLabels();
  const keys = useKeyTexts();
  const labels = useStore(desk.view, (view) => view.classes);
  const readOnly = useStore(desk.view, (view) => view.readOnly);
  const doc = useStore(desk.document.store, (state) => state.doc);
  const region = listRegions(doc).find((one) => one.kind === "class");
  const chosen = region !== undefined && region.state !== "rejected" ? region.classId : null;
  const settled = region !== undefined && region.state !== "pending";
  const scores = new Map(region?.prediction?.top3 ?? []);
  return (
    <section className={styles.section} aria-label={t("class.title")}>
      <h2 className={styles.title}>{t("single.title")}</h2>
      <p className={styles.hint}>
        {region?.prediction == null ? t("single.no_guess") : t("single.question", { keys })}
      </p>
      <ul className={styles.list}>
        {labels.map((label, position) => {
          const score = scores.get(label.id);
          const current = label.id === chosen;
          return (
            <li key={label.id}>
              <button
                type="button"
                data-testid="class-choice"
                className={classes(styles.row, current && (settled ? styles.chosen : styles.guess))}
                aria-pressed={current && settled}
                disabled={readOnly}
                onClick={() => desk.chooseClass(label.id)}
              >
                <kbd className={styles.key}>{key("setClass", position)}</kbd>
                <span className={styles.swatch} style={{ backgroundColor: label.color }} aria-hidden="true" />
                <span className={styles.name}>{className(label, i18n.language)}</span>
                {current ? (
                  <span className={styles.note}>{settled ? t("single.chosen") : t("single.guess")}</span>
                ) : null}
                {score === undefined ? null : (
                  <>
                    <span className={styles.score}>{share(score)}</span>
                    <span className={styles.bar} aria-hidden="true">
                      <span style={{ width: `${Math.max(score * 100, 1)}%`, backgroundColor: label.color }} />
                    </span>
                  </>
                )}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
