import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { Command, EditorSlug } from "@/commands/command";
import { PaletteSearch } from "@/commands/pages/PaletteSearch";
import type { PaletteRow } from "@/commands/palette";
import { Dialog } from "@/components";
import { lacking } from "../session/lacking";
import type { ReviewSession } from "../session/reviewSession";
import { useFocusBack } from "./useFocusBack";

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

function run(session: ReviewSession, row: PaletteRow): void {
  // First the page gets its keys and its focus back: the command may open a dialog of its own.
  session.closeDialog();
  if (row.classId !== null) session.chooseClass(row.classId);
  else {
    row.command.run?.(session, row.slot);
    row.command.release?.(session);
  }
}

const labelOf = (command: Command) => command.label;

function Search({ session, editor }: PaletteProps) {
  const labels = useStore(session.view, (view) => view.classes);
  useFocusBack(session);
  return (
    <PaletteSearch
      place={editor}
      labels={labels}
      missing={() => lacking(session)}
      labelOf={labelOf}
      run={(row) => run(session, row)}
    />
  );
}
