import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { COMMANDS } from "@/commands";
import { COMMAND_GROUPS, type EditorSlug, inPlace } from "@/commands/command";
import { KeyTable, useRecording } from "@/commands/pages/KeyTable";
import { Dialog } from "@/components";
import type { ReviewSession } from "../session/reviewSession";
import { useFocusBack } from "./useFocusBack";

interface ShortcutProps {
  session: ReviewSession;
  editor: EditorSlug;
}

export function ShortcutPage({ session, editor }: ShortcutProps) {
  const { t } = useTranslation("review");
  const open = useStore(session.view, (view) => view.dialog === "shortcuts");
  const { close, ...recording } = useRecording(() => session.closeDialog());
  return (
    <Dialog wide open={open} onOpenChange={close} title={t("shortcuts.title")}>
      {open ? <Shortcuts session={session} editor={editor} {...recording} /> : null}
    </Dialog>
  );
}

function Shortcuts({
  session,
  editor,
  ...recording
}: ShortcutProps & Omit<ReturnType<typeof useRecording>, "close">) {
  const { t } = useTranslation("review");
  useFocusBack(session);
  const commands = COMMANDS.filter((command) => inPlace(command, editor));
  const sections = COMMAND_GROUPS.map((group) => ({
    title: t(`group.${group}`),
    rows: commands
      .filter((command) => command.group === group)
      .map((command) => ({ command, name: t(command.label) })),
  }));
  const mouse = (["wheel", "middle", "alt"] as const).map((name) => ({
    name: t(`shortcuts.${name}_text`),
    how: t(`shortcuts.${name}`),
  }));
  return <KeyTable sections={sections} mouse={mouse} nameOf={({ label }) => t(label)} {...recording} />;
}
