import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { classes, Dialog, Input } from "@/components";
import { className, matchesClass } from "@/editors/classNames";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./dialogs.module.css";
import { useFocusBack } from "./useFocusBack";
import { useOptions } from "./useOptions";

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
  useFocusBack(session);
  const choose = (label: { id: number }) => {
    session.closeDialog();
    session.chooseClass(label.id);
  };
  const { found, current, typed, type, keys } = useOptions(
    (text) => labels.filter((label) => matchesClass(label, text)),
    choose,
  );

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
        onChange={(event) => type(event.target.value)}
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
            onClick={() => choose(label)}
          >
            <span className={styles.swatch} style={{ backgroundColor: label.color }} aria-hidden="true" />
            {className(label, i18n.language)}
          </div>
        ))}
      </div>
    </div>
  );
}
