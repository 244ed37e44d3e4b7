import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { classes, Input, Swatch } from "@/components";
import { className, matchesClass } from "@/editors/classNames";
import type { GridSession } from "../session/gridSession";
import dialogs from "./Dialogs.module.css";
import styles from "./Grid.module.css";

/** Finds a class by its name in either language or its initials, and gives it to what is picked. */
export function ClassSearch({ session, done }: { session: GridSession; done: () => void }) {
  const { t, i18n } = useTranslation("grid");
  const labels = useStore(session.view, (view) => view.classes);
  const [typed, setTyped] = useState("");
  const [position, setPosition] = useState(0);
  const found = labels.filter((label) => matchesClass(label, typed));
  const at = Math.min(position, found.length - 1);
  const current = found[at];
  const choose = (label: { id: number }) => {
    session.chooseClass(label.id);
    done();
  };
  const keys = (event: KeyboardEvent) => {
    // An input method that composes owns Enter and the arrows; a held Enter may be the one that came before.
    if (event.nativeEvent.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && current !== undefined) {
      if (!event.repeat) choose(current);
    } else if (by !== undefined) setPosition(Math.max(0, Math.min(found.length - 1, at + by)));
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles.stack}>
      <Input
        role="combobox"
        aria-expanded="true"
        aria-controls="grid-classes"
        aria-activedescendant={current === undefined ? undefined : `grid-class-${current.id}`}
        aria-label={t("dialog.search")}
        placeholder={t("dialog.searchHint")}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setPosition(0);
        }}
        onKeyDown={keys}
      />
      {found.length === 0 ? <p className={styles.hint}>{t("dialog.noClass")}</p> : null}
      <div
        id="grid-classes"
        role="listbox"
        aria-label={t("dialog.search")}
        className={dialogs.options}
        tabIndex={-1}
      >
        {found.map((label) => (
          // The keys are handled by the field above.
          // biome-ignore lint/a11y/useKeyWithClickEvents: see above
          // biome-ignore lint/a11y/useFocusableInteractive: the combobox uses aria-activedescendant
          <div
            key={label.id}
            id={`grid-class-${label.id}`}
            role="option"
            aria-selected={label === current}
            className={classes(dialogs.option, label === current && dialogs.current)}
            onClick={() => choose(label)}
          >
            <Swatch color={label.color} />
            {className(label, i18n.language)}
          </div>
        ))}
      </div>
    </div>
  );
}
