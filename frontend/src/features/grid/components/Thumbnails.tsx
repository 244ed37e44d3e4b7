import { type MouseEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { classes, useWidth } from "@/components";
import { className } from "@/editors/classNames";
import type { LabelClass, Project } from "@/lib/api";
import { formatShare } from "@/lib/format";
import type { GridRow } from "../api";
import type { GridSession } from "../session/gridSession";
import { type Size, visibleRows } from "../session/gridView";
import { classOf, type Mark } from "../session/marks";
import cell from "./Cell.module.css";
import styles from "./Grid.module.css";

const COLUMNS: Record<Size, number> = { 12: 4, 24: 6, 48: 8 };
const NARROWEST_PX = 92;
const KEEPS_FOCUS = "input, textarea, [role=dialog], [role=menu]";

/** Pictures after the batch in hand, so that the browser has them when they come. */
function useAhead(rows: readonly GridRow[]): void {
  useEffect(() => {
    for (const { item } of rows) new Image().src = item.thumbnail_url;
  }, [rows]);
}

export function Thumbnails({ session, project }: { session: GridSession; project: Project }) {
  const { t } = useTranslation("grid");
  const view = useStore(session.view);
  const [box, width] = useWidth<HTMLDivElement>(900);
  const list = useRef<HTMLDivElement>(null);
  const columns = Math.max(2, Math.min(COLUMNS[view.size], Math.floor(width / NARROWEST_PX)));
  const rows = visibleRows(view);
  useAhead(view.pool);

  useEffect(() => session.view.setState({ columns }), [session, columns]);

  // The keys belong to the pictures, at the start and after each batch; who is in a field or a dialog stays there.
  const first = view.phase === "ready" ? rows[0]?.item.id : undefined;
  useEffect(() => {
    if (first !== undefined && !document.activeElement?.closest(KEEPS_FOCUS)) list.current?.focus();
  }, [first]);

  const current = rows[view.cursor]?.item.id;
  useEffect(() => {
    if (current !== undefined)
      document.getElementById(`cell-${current}`)?.scrollIntoView({ block: "nearest" });
  }, [current]);

  if (view.phase === "loading") return <Bones columns={columns} count={view.size} />;
  const from = Math.min(view.anchor ?? view.cursor, view.cursor);
  const to = Math.max(view.anchor ?? view.cursor, view.cursor);
  const press = (event: MouseEvent, index: number) => {
    session.click(index, event.shiftKey);
    list.current?.focus({ preventScroll: true });
  };
  return (
    <div className={styles.scroller} ref={box}>
      {/* Its keys are the page's: see gridKeys. */}
      <div
        ref={list}
        role="listbox"
        data-grid
        data-testid="grid"
        aria-multiselectable="true"
        aria-label={t("page.pictures")}
        aria-activedescendant={current === undefined ? undefined : `cell-${current}`}
        tabIndex={0}
        className={styles.grid}
        style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
      >
        {rows.map((row, index) => (
          <Cell
            key={row.item.id}
            row={row}
            place={{ index, count: rows.length }}
            mark={view.board.marks[row.item.id]}
            labels={view.classes}
            accept={project.accept_threshold}
            show={project.show_threshold}
            look={classes(
              index === view.cursor && cell.cursor,
              view.anchor !== null && index >= from && index <= to && cell.picked,
            )}
            selected={index >= from && index <= to}
            onPress={press}
            onSeen={() => session.saw(row.item.id)}
          />
        ))}
      </div>
    </div>
  );
}

interface CellProps {
  row: GridRow;
  place: { index: number; count: number };
  mark: Mark | undefined;
  labels: readonly LabelClass[];
  accept: number;
  show: number;
  look: string;
  selected: boolean;
  onPress: (event: MouseEvent, index: number) => void;
  onSeen: () => void;
}

function Cell({ row, place, mark, labels, accept, show, look, selected, onPress, onSeen }: CellProps) {
  const { t, i18n } = useTranslation("grid");
  const [broken, setBroken] = useState(false);
  const { item, guess } = row;
  const nameOf = (id: number | null) => {
    const label = labels.find((one) => one.id === id);
    return label === undefined ? `#${id}` : className(label, i18n.language);
  };
  const state = stateOf(mark);
  const given = mark?.kind === "wrong" && mark.classId !== null ? nameOf(mark.classId) : null;
  const said = given ?? (mark === undefined ? nameOf(classOf(row)) : t(`short.${state}`));
  const sure = guess.score >= accept ? cell.sure : guess.score >= show ? cell.doubtful : cell.hardly;
  const told = given === null ? t(`mark.${state}`) : t("mark.now", { guess: nameOf(guess.class_id) });
  return (
    // The keys are the page's, with the list's active descendant; the pointer is a short way to the same.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      id={`cell-${item.id}`}
      role="option"
      aria-selected={selected}
      data-item={item.id}
      data-mark={state}
      title={item.name}
      className={classes(cell.cell, cell[state], sure, look)}
      onMouseDown={(event) => event.shiftKey && event.preventDefault()}
      onClick={(event) => onPress(event, place.index)}
    >
      <span className="visually-hidden">{t("cell", { n: place.index + 1, m: place.count })}</span>
      {broken ? (
        <span className={cell.broken}>{t("broken")}</span>
      ) : (
        <img
          src={item.thumbnail_url}
          alt=""
          draggable={false}
          decoding="async"
          onLoad={onSeen}
          onError={() => setBroken(true)}
        />
      )}
      <span className={cell.caption}>
        <span className={classes("truncate", styles.grow)}>{said}</span>
        <span className={styles.score}>{formatShare(guess.score)}</span>
      </span>
      {mark === undefined ? null : (
        <span className={cell.flag} aria-hidden="true">
          {FLAGS[state]}
        </span>
      )}
      <span className="visually-hidden">{told}</span>
      {item.split === "test" ? <span className={cell.test}>{t("test")}</span> : null}
    </div>
  );
}

type State = "right" | "lacking" | "relabelled" | "later" | "skip" | "report";
const FLAGS: Record<State, string> = {
  right: "",
  lacking: "✕",
  relabelled: "✎",
  later: "↩",
  skip: "»",
  report: "!",
};

function stateOf(mark: Mark | undefined): State {
  if (mark === undefined) return "right";
  if (mark.kind !== "wrong") return mark.kind;
  return mark.classId === null ? "lacking" : "relabelled";
}

function Bones({ columns, count }: { columns: number; count: number }) {
  const { t } = useTranslation("grid");
  return (
    <div className={styles.scroller} role="status" aria-busy="true">
      <span className="visually-hidden">{t("loading")}</span>
      <div className={styles.grid} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
        {Array.from({ length: count }, (_, index) => `bone-${index}`).map((bone) => (
          <div key={bone} className={classes(cell.cell, cell.bone)} />
        ))}
      </div>
    </div>
  );
}
