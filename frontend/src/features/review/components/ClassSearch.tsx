import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { classes, Dialog, Input } from "@/components";
import { className, matchesClass } from "@/editors/classNames";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./dialogs.module.css";
import { useFocusBack } from "./useFocusBack";

export function ClassSearch({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const open = useStore(session.view, (view) => view.dialog === "classes");
  return (
    <Dialog open={open} onOpenChange={() => session.closeDialog()} title={t("class.search")}>
      {open ? <Search session={session} /> : null}
    </Dialog>
  );
}

function Search({ session }: { session: ReviewSession }) {
  const { t, i18n } = useTranslation("review");
  const labels = useStore(session.view, (view) => view.classes);
  const [typed, setTyped] = useState("");
  useFocusBack(session);
  const [position, setPosition] = useState(0);
  const found = labels.filter((label) => matchesClass(label, typed));
  const current = found[Math.min(position, found.length - 1)];

  const choose = (classId: number) => {
    session.closeDialog();
    session.chooseClass(classId);
  };
  const keys = (event: KeyboardEvent) => {
    // An input method that composes owns Enter and the arrows.
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && current !== undefined) {
      event.preventDefault();
      choose(current.id);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      setPosition((at) => Math.max(0, Math.min(found.length - 1, at + by)));
    }
  };

  return (
    <div className={styles.stack}>
      <Input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="class-search-list"
        aria-activedescendant={current === undefined ? undefined : `class-search-${current.id}`}
        aria-label={t("class.search")}
        placeholder={t("class.search_hint")}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setPosition(0);
        }}
        onKeyDown={keys}
      />
      {found.length === 0 ? <p className={styles.hint}>{t("class.none")}</p> : null}
      <div
        id="class-search-list"
        role="listbox"
        aria-label={t("class.title")}
        className={styles.options}
        tabIndex={-1}
      >
        {found.map((label) => (
          // The keys are handled by the field above.
          // biome-ignore lint/a11y/useKeyWithClickEvents: see above
          // biome-ignore lint/a11y/useFocusableInteractive: the combobox uses aria-activedescendant
          <div
            key={label.id}
            id={`class-search-${label.id}`}
            role="option"
            aria-selected={label === current}
            className={classes(styles.option, label === current && styles.current)}
            onClick={() => choose(label.id)}
          >
            <span className={styles.swatch} style={{ backgroundColor: label.color }} aria-hidden="true" />
            {className(label, i18n.language)}
          </div>
        ))}
      </div>
    </div>
  );
}
