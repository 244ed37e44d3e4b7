import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { classes } from "@/components";
import { formatNumber, formatShare } from "@/lib/format";
import { stateColor } from "@/lib/itemStates";
import type { Row } from "../api";
import type { Order } from "../search";
import styles from "./ItemsTable.module.css";

const ROW_PX = 44;

interface ItemsTableProps {
  rows: Row[];
  /** How many there are in all, loaded or not. */
  total: number;
  order: Order;
  onOrder: (order: Order) => void;
  picked: ReadonlySet<number>;
  onPick: (ids: number[], on: boolean) => void;
  onOpen: (id: number) => void;
  /** The last rows come into sight. */
  onEnd: () => void;
}

/** Rows of which only those in sight are made; more are fetched before the last one is reached. */
export function ItemsTable({ rows, total, order, onOrder, picked, onPick, onOpen, onEnd }: ItemsTableProps) {
  const { t } = useTranslation("items");
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
    initialRect: { width: 900, height: 600 },
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 20) onEnd();
  }, [last, rows.length, onEnd]);

  const step = (event: KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const from = Number((event.target as HTMLElement).closest<HTMLElement>("[data-row]")?.dataset.row);
    const to = from + by;
    if (by === 0 || !Number.isInteger(from) || to < 0 || to >= rows.length) return;
    event.preventDefault();
    const kind = (event.target as HTMLElement).tagName === "INPUT" ? "input" : "button";
    virtual.scrollToIndex(to, { align: "auto" });
    // The row may not be made yet; it is with the next frame.
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-row="${to}"] ${kind}`)?.focus(),
    );
  };
  const all = rows.length > 0 && rows.every(({ id }) => picked.has(id));

  const top = shown[0]?.start ?? 0;
  const bottom = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);

  return (
    <div className={styles.scroller} ref={scroller}>
      <table className={styles.table} aria-rowcount={total + 1} onKeyDown={step}>
        <caption className="visually-hidden">{t("title")}</caption>
        <thead>
          <tr aria-rowindex={1}>
            <td className={styles.pick}>
              <input
                type="checkbox"
                aria-label={t("table.pickLoaded")}
                checked={all}
                onChange={() =>
                  onPick(
                    rows.map(({ id }) => id),
                    !all,
                  )
                }
              />
            </td>
            <SortHeader name={t("table.item")} order={order} by={["newest", "oldest"]} onOrder={onOrder} />
            <th scope="col" className={styles.stateColumn}>
              {t("filter.state")}
            </th>
            <th scope="col" className={styles.reason}>
              {t("filter.reason")}
            </th>
            <SortHeader name={t("table.score")} order={order} by={["score"]} onOrder={onOrder} numeric />
            <SortHeader
              name={t("table.doubt")}
              order={order}
              by={["uncertainty"]}
              onOrder={onOrder}
              numeric
            />
            <th scope="col" className={styles.split}>
              {t("filter.split")}
            </th>
          </tr>
        </thead>
        <Gap height={top} />
        <tbody>
          {shown.map(({ index }) => {
            const row = rows[index];
            if (!row) return null;
            return (
              <tr
                key={row.id}
                aria-rowindex={index + 2}
                data-row={index}
                className={classes(styles.item, picked.has(row.id) && styles.picked)}
              >
                <Cells row={row} picked={picked.has(row.id)} onPick={onPick} onOpen={onOpen} />
              </tr>
            );
          })}
        </tbody>
        <Gap height={bottom} />
      </table>
    </div>
  );
}

/** Stands for the rows that are not made. */
function Gap({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tbody aria-hidden="true">
      <tr style={{ height }} />
    </tbody>
  );
}

interface CellsProps {
  row: Row;
  picked: boolean;
  onPick: (ids: number[], on: boolean) => void;
  onOpen: (id: number) => void;
}

function Cells({ row, picked, onPick, onOpen }: CellsProps) {
  const { t } = useTranslation("items");
  return (
    <>
      <td className={styles.pick}>
        <input
          type="checkbox"
          aria-label={t("table.pick", { name: row.name })}
          checked={picked}
          onChange={() => onPick([row.id], !picked)}
        />
      </td>
      <td>
        <span className={styles.name}>
          <img src={row.thumbnail_url} alt="" loading="lazy" decoding="async" />
          <button type="button" className="truncate" title={row.name} onClick={() => onOpen(row.id)}>
            {row.name}
          </button>
        </span>
      </td>
      <td>
        <span className={styles.state} title={row.problem || undefined}>
          <span className={styles.dot} style={{ background: stateColor(row.state) }} aria-hidden="true" />
          <span className="truncate">{t(`common:state.${row.state}`)}</span>
        </span>
      </td>
      <td className="truncate">{row.reason ? t(`queue:reason.${row.reason}.title`) : ""}</td>
      <td className={styles.numeric}>{formatShare(row.confidence)}</td>
      <td className={styles.numeric}>{formatNumber(row.uncertainty, 2)}</td>
      <td>{t(`common:split.${row.split}`)}</td>
    </>
  );
}

interface SortHeaderProps {
  name: string;
  order: Order;
  /** The orders that this column has; a click takes the next one. */
  by: Order[];
  numeric?: boolean;
  onOrder: (order: Order) => void;
}

/** Every order has one direction that an index serves, and that people ask for. */
const DIRECTION: Record<Order, "ascending" | "descending"> = {
  oldest: "ascending",
  newest: "descending",
  score: "ascending",
  uncertainty: "descending",
};

function SortHeader({ name, order, by, numeric, onOrder }: SortHeaderProps) {
  const { t } = useTranslation("items");
  const on = by.includes(order);
  const next = by[(by.indexOf(order) + 1) % by.length] ?? "oldest";
  return (
    <th
      scope="col"
      aria-sort={on ? DIRECTION[order] : "none"}
      className={classes(numeric && styles.numeric, numeric && styles.score)}
    >
      <button type="button" title={t(`order.${next}`)} onClick={() => onOrder(next)}>
        {name}
        <span aria-hidden="true">{on ? (DIRECTION[order] === "ascending" ? " ↑" : " ↓") : ""}</span>
      </button>
    </th>
  );
}
