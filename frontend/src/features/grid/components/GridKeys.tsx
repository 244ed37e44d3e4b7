import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { COMMANDS } from "@/commands";
import { type Command, inPlace, type Need } from "@/commands/command";
import { KeyTable, type useRecording } from "@/commands/pages/KeyTable";
import { PaletteSearch } from "@/commands/pages/PaletteSearch";
import type { PaletteRow } from "@/commands/palette";
import { GRID_ACTIONS, KEY_GROUPS, runInGrid } from "../session/gridKeys";
import type { GridSession } from "../session/gridSession";

const labelOf = (command: Command) => `grid:keys.${command.name}`;

/** The keys of the grid, each to be changed where it stands; those of the single mode change with them. */
export function GridKeys(recording: Omit<ReturnType<typeof useRecording>, "close">) {
  const { t } = useTranslation("grid");
  const sections = KEY_GROUPS.map((group) => ({
    title: t(`keys.group.${group}`),
    rows: COMMANDS.filter((command) => GRID_ACTIONS[command.name]?.group === group).map((command) => ({
      command,
      name: t(labelOf(command)),
    })),
  }));
  const mouse = [
    { name: t("keys.rejectRegion"), how: t("keys.click") },
    { name: t("keys.clickRange"), how: `Shift + ${t("keys.click")}` },
  ];
  const nameOf = (command: Command) => t(inPlace(command, "grid") ? labelOf(command) : command.label);
  return <KeyTable sections={sections} mouse={mouse} nameOf={nameOf} {...recording} />;
}

function lacking(session: GridSession): Set<Need> {
  const { phase, board, last, again } = session.state;
  const there: Partial<Record<Need, boolean>> = {
    edit: phase === "ready",
    region: phase === "ready",
    unchecked: session.rows.length > 0,
    past: board.past.length > 0,
    future: board.future.length > 0,
    earlier: last.length > 0 && again === null,
    picture: phase === "ready",
    item: phase === "ready",
  };
  return new Set((Object.keys(there) as Need[]).filter((need) => !there[need]));
}

export function GridPalette({ session, done }: { session: GridSession; done: () => void }) {
  const labels = useStore(session.view, (view) => view.classes);
  const run = (row: PaletteRow) => {
    // First the page gets its focus back: the command may open a dialog of its own.
    done();
    if (row.classId !== null) session.chooseClass(row.classId);
    else runInGrid(session, row.command, row.slot);
  };
  return (
    <PaletteSearch
      place="grid"
      labels={labels}
      missing={() => lacking(session)}
      labelOf={labelOf}
      run={run}
    />
  );
}
