import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { Desk } from "../desk";
import styles from "./RegionList.module.css";
import { RegionRow } from "./RegionRow";
import { RowActions } from "./RowActions";
import { regionRows } from "./regionRows";

const ROW_PX = 32;

/** The twin of the canvas for eyes and screen readers: the same regions, the same selection. */
export function RegionList({ desk }: { desk: Desk }) {
  const { t } = useTranslation("review");
  const doc = useStore(desk.document.store, (state) => state.doc);
  const selectedId = useStore(desk.document.store, (state) => state.selectedId);
  const thresholds = useStore(desk.view, (view) => view.thresholds);
  const readOnly = useStore(desk.view, (view) => view.readOnly);
  const rows = useMemo(() => regionRows(doc, thresholds), [doc, thresholds]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    initialRect: { width: 320, height: 400 },
  });
  const selectedRow = rows.findIndex((row) => row.kind === "region" && row.region.id === selectedId);
  useEffect(() => {
    if (selectedRow >= 0) virtual.scrollToIndex(selectedRow, { align: "auto" });
  }, [selectedRow, virtual]);

  const step = (event: KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    for (let at = selectedRow + by; at >= 0 && at < rows.length; at += by) {
      const row = rows[at];
      if (row?.kind === "region") return desk.select(row.region.id);
    }
  };
  const selected = rows[selectedRow];
  const top = (virtual.measurementsCache[selectedRow]?.start ?? 0) - (virtual.scrollOffset ?? 0);
  const inSight = top > -ROW_PX / 2 && top < (scroller.current?.clientHeight ?? 0) - ROW_PX / 2;
  const total = rows.filter((row) => row.kind === "region").length;

  return (
    <section className={styles.section} aria-label={t("region.title")}>
      {total === 0 ? <p className={styles.empty}>{t("region.empty")}</p> : null}
      <div
        ref={scroller}
        className={styles.scroller}
        role="listbox"
        tabIndex={0}
        aria-label={t("region.title")}
        aria-activedescendant={selectedRow >= 0 ? `region-${selectedId}` : undefined}
        onKeyDown={step}
      >
        <div className={styles.sheet} role="presentation" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const style = { transform: `translateY(${start}px)`, height: ROW_PX };
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
                style={style}
              />
            );
          })}
        </div>
      </div>
      {selected?.kind === "region" && inSight && !readOnly ? (
        <RowActions desk={desk} region={selected.region} top={top} />
      ) : null}
    </section>
  );
}
