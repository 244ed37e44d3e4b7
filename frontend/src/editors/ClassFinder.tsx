import { useTranslation } from "react-i18next";
import { Input, Option, Swatch, useOptions } from "@/components";
import type { LabelClass } from "@/lib/api";
import styles from "./ClassFinder.module.css";
import { className, matchesClass } from "./classNames";

interface ClassFinderProps {
  labels: readonly LabelClass[];
  onChoose: (label: LabelClass) => void;
}

/** Finds a class by its name in either language or its initials: typing, arrows, Enter. */
export function ClassFinder({ labels, onChoose }: ClassFinderProps) {
  const { t, i18n } = useTranslation("review");
  const { found, current, typed, type, keys } = useOptions(
    (text) => labels.filter((label) => matchesClass(label, text)),
    onChoose,
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
          <Option
            key={label.id}
            id={`class-search-${label.id}`}
            current={label === current}
            onClick={() => onChoose(label)}
          >
            <Swatch color={label.color} />
            {className(label, i18n.language)}
          </Option>
        ))}
      </div>
    </div>
  );
}
