import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { COMMANDS } from "@/commands";
import type { Command, Need, Place } from "@/commands/command";
import { keyStore } from "@/commands/keyStore";
import { findRows, type PaletteRow, paletteRows } from "@/commands/palette";
import { Input, useOptions } from "@/components";
import { className } from "@/editors/classNames";
import { addLocale, LOCALES } from "@/i18n";
import type { LabelClass } from "@/lib/api";
import styles from "./keys.module.css";
import { PaletteOption } from "./PaletteOption";

interface PaletteParts {
  place: Place;
  labels: readonly LabelClass[];
  missing: () => ReadonlySet<Need>;
  /** Key of the text of a command there. */
  labelOf: (command: Command) => string;
}

/** The rows as things stand when the palette opens: it lies over the page, so nothing changes under it. */
function useRows({ place, labels, missing, labelOf }: PaletteParts): PaletteRow[] {
  const { i18n } = useTranslation();
  const preferences = useStore(keyStore, (state) => state.preferences);
  const [lacks] = useState(missing);
  // Names in every language find a command; the texts of the others come when somebody first opens the palette.
  const [loaded, setLoaded] = useState(0);
  useEffect(() => {
    let current = true;
    void Promise.all(LOCALES.map(addLocale)).then(() => current && setLoaded(LOCALES.length));
    return () => {
      current = false;
    };
  }, []);
  return useMemo(() => {
    const locales = [i18n.language, ...LOCALES.filter((locale) => locale !== i18n.language)].slice(
      0,
      loaded || 1,
    );
    const texts = locales.map((locale) => i18n.getFixedT(locale));
    return paletteRows({
      commands: COMMANDS,
      place,
      preferences,
      classes: labels.map((label) => ({
        id: label.id,
        title: className(label, i18n.language),
        names: [label.name, label.name_zh].filter((name) => name !== ""),
      })),
      missing: lacks,
      namesOf: (command: Command) => texts.map((text) => text(labelOf(command))),
    });
  }, [place, lacks, labelOf, preferences, labels, i18n, i18n.language, loaded]);
}

/** Every action of a place by its name: generated from the commands, as the page of keys is. */
export function PaletteSearch({ run, ...parts }: PaletteParts & { run: (row: PaletteRow) => void }) {
  const { t } = useTranslation("keys");
  const rows = useRows(parts);
  const choose = (row: PaletteRow) => row.lacks === null && run(row);
  const { found, current, typed, type, keys } = useOptions((text) => findRows(rows, text), choose);

  return (
    <div className={styles.stack}>
      <Input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-autocomplete="list"
        aria-activedescendant={current === undefined ? undefined : `palette-${current.id}`}
        aria-label={t("palette.search")}
        placeholder={t("palette.search")}
        value={typed}
        onChange={(event) => type(event.target.value)}
        onKeyDown={keys}
      />
      <Options found={found} current={current} onChoose={choose} />
      <p className={styles.hint} role="status">
        {found.length === 0
          ? t("palette.none")
          : `${t("palette.count", { count: found.length })} · ${t("palette.hint")}`}
      </p>
    </div>
  );
}

interface OptionsProps {
  found: readonly PaletteRow[];
  current: PaletteRow | undefined;
  onChoose: (row: PaletteRow) => void;
}

function Options({ found, current, onChoose }: OptionsProps) {
  const { t } = useTranslation("keys");
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector(`#palette-${current?.id}`)?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <div
      ref={list}
      id="palette-list"
      role="listbox"
      aria-label={t("palette.list")}
      className={styles.palette}
      tabIndex={-1}
    >
      {found.map((row) => (
        <PaletteOption key={row.id} row={row} current={row === current} onChoose={() => onChoose(row)} />
      ))}
    </div>
  );
}
