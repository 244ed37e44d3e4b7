import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { COMMANDS } from "@/commands";
import type { Command, EditorSlug } from "@/commands/command";
import { keyStore } from "@/commands/keyStore";
import { findRows, type PaletteRow, paletteRows } from "@/commands/palette";
import { Dialog, Input } from "@/components";
import { className } from "@/editors/classNames";
import { addLocale, LOCALES } from "@/i18n";
import { lacking } from "../session/lacking";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./dialogs.module.css";
import { PaletteOption } from "./PaletteOption";
import { useFocusBack } from "./useFocusBack";
import { useOptions } from "./useOptions";

interface PaletteProps {
  session: ReviewSession;
  editor: EditorSlug;
}

/** Every action of the page by its name: generated from the commands, as the shortcut page is. */
export function Palette({ session, editor }: PaletteProps) {
  const { t } = useTranslation("keys");
  const open = useStore(session.view, (view) => view.dialog === "palette");
  return (
    <Dialog open={open} onOpenChange={() => session.closeDialog()} title={t("palette.title")}>
      {open ? <Search session={session} editor={editor} /> : null}
    </Dialog>
  );
}

/** The rows as things stand when the palette opens: it lies over the page, so nothing changes under it. */
function useRows({ session, editor }: PaletteProps): PaletteRow[] {
  const { i18n } = useTranslation("review");
  const preferences = useStore(keyStore, (state) => state.preferences);
  const labels = useStore(session.view, (view) => view.classes);
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
    const texts = locales.map((locale) => i18n.getFixedT(locale, "review"));
    return paletteRows({
      commands: COMMANDS,
      editor,
      preferences,
      classes: labels.map((label) => ({
        id: label.id,
        title: className(label, i18n.language),
        names: [label.name, label.name_zh].filter((name) => name !== ""),
      })),
      missing: lacking(session),
      namesOf: (command: Command) => texts.map((text) => text(`command.${command.name}`)),
    });
  }, [session, editor, preferences, labels, i18n, i18n.language, loaded]);
}

function run(session: ReviewSession, row: PaletteRow): void {
  // First the page gets its keys and its focus back: the command may open a dialog of its own.
  session.closeDialog();
  if (row.classId !== null) session.chooseClass(row.classId);
  else {
    row.command.run(session, row.slot);
    row.command.release?.(session);
  }
}

function Search({ session, editor }: PaletteProps) {
  const { t } = useTranslation("keys");
  const rows = useRows({ session, editor });
  useFocusBack(session);
  const choose = (row: PaletteRow) => row.lacks === null && run(session, row);
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
