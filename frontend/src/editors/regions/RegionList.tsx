import { type KeyboardEvent, type MouseEvent, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useKeyTexts } from "@/commands/keyTexts";
import type { Desk } from "../desk";
import { ListHead } from "./ListHead";
import styles from "./RegionList.module.css";
import { RegionRow } from "./RegionRow";
import { RowActions } from "./RowActions";
import { idsBetween, type Row, regionRows } from "./regionRows";
import { useRowScroller } from "./useRowScroller";

/** Arrows move through the rows; with Shift they take them along, as in any list. */
function arrows(desk: Desk, rows: readonly Row[], selectedRow: number): (event: KeyboardEvent) => void {
  return (event) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    for (let at = selectedRow + by; at >= 0 && at < rows.length; at += by) {
      const row = rows[at];
      if (row?.kind !== "region") continue;
      const { selectedId } = desk.document.state;
      if (!event.shiftKey) desk.select(row.region.id);
      else {
        const before = desk.view.getState().picked;
        const held = before.size > 0 || selectedId === null ? [...before] : [selectedId];
        desk.pick([...held, row.region.id], row.region.id);
      }
      return;
    }
  };
}

/** A click selects; with Ctrl it takes one more or lets it go, with Shift everything up to there. */
function click(desk: Desk, rows: readonly Row[], id: string): (event: MouseEvent) => void {
  return (event) => {
    if (event.ctrlKey || event.metaKey) desk.togglePick(id);
    else if (event.shiftKey) desk.pick(idsBetween(rows, desk.document.state.selectedId, id), id);
    else desk.select(id);
  };
}

/** The twin of the canvas for eyes and screen readers: the same regions, the same selection. */
export function RegionList({ desk, empty = "region.empty" }: { desk: Desk; empty?: string }) {
  const { t } = useTranslation("review");
  const keys = useKeyTexts();
  const doc = useStore(desk.document.store, (state) => state.doc);
  const selectedId = useStore(desk.document.store, (state) => state.selectedId);
  const thresholds = useStore(desk.view, (view) => view.thresholds);
  const readOnly = useStore(desk.view, (view) => view.readOnly);
  const order = useStore(desk.view, (view) => view.order);
  const picked = useStore(desk.view, (view) => view.picked);
  const rows = useMemo(() => regionRows(doc, thresholds, order), [doc, thresholds, order]);
  const selectedRow = rows.findIndex((row) => row.kind === "region" && row.region.id === selectedId);
  const scroll = useRowScroller(rows.length, selectedRow);
  const selected = rows[selectedRow];
  const total = rows.filter((row) => row.kind === "region").length;

  return (
    <section className={styles.section} aria-label={t("region.title")}>
      <ListHead desk={desk} />
      {total === 0 ? <p className={styles.empty}>{t(empty, { keys })}</p> : null}
      <div className={styles.frame}>
        <div
          ref={scroll.scroller}
          className={styles.scroller}
          role="listbox"
          tabIndex={0}
          aria-multiselectable="true"
          aria-label={t("region.title")}
          aria-activedescendant={selectedRow >= 0 ? `region-${selectedId}` : undefined}
          onKeyDown={arrows(desk, rows, selectedRow)}
        >
          <div className={styles.sheet} role="presentation" style={{ height: scroll.height }}>
            {scroll.rows.map(({ index, style }) => {
              const row = rows[index];
              if (row === undefined) return null;
              return row.kind === "group" ? (
                <div key={row.name} className={styles.group} style={style} role="presentation">
                  {t(`region.${row.name}`)} <span className="num">{row.count}</span>
                </div>
              ) : (
                <RegionRow
                  key={row.region.id}
                  desk={desk}
                  region={row.region}
                  position={row.position}
                  total={total}
                  selected={row.region.id === selectedId}
                  picked={picked.has(row.region.id)}
                  style={style}
                  onClick={click(desk, rows, row.region.id)}
                />
              );
            })}
          </div>
        </div>
        {selected?.kind === "region" && scroll.inSight && !readOnly && picked.size < 2 ? (
          <RowActions desk={desk} region={selected.region} top={scroll.top} />
        ) : null}
      </div>
    </section>
  );
}
