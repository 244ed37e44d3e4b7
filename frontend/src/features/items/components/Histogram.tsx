import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { classes } from "@/components";
import { formatNumber } from "@/lib/format";
import type { Bar } from "../api";
import { BINS, moveEnd, type Range, spanned } from "../search";
import styles from "./Scores.module.css";

interface HistogramProps {
  bins: Bar[];
  range: Range;
  /** Nothing of it is chosen: items without a guess are. */
  off: boolean;
  /** While a drag goes on. */
  onDrag: (range: Range) => void;
  /** At its end, and at every key. */
  onChoose: (range: Range) => void;
}

/** Where a drag began: at one end of the range, or on a bar. */
type Grip = { end: 0 | 1 } | { bar: number };

const KEYS: Record<string, (edge: number) => number> = {
  ArrowLeft: (edge) => edge - 1,
  ArrowDown: (edge) => edge - 1,
  ArrowRight: (edge) => edge + 1,
  ArrowUp: (edge) => edge + 1,
  PageDown: (edge) => edge - 4,
  PageUp: (edge) => edge + 4,
  Home: () => 0,
  End: () => BINS,
};

export function Histogram({ bins, range, off, onDrag, onChoose }: HistogramProps) {
  const { t } = useTranslation("items");
  const plot = useRef<HTMLDivElement>(null);
  const grip = useRef<Grip | null>(null);
  const latest = useRef(range);
  const [dragging, setDragging] = useState(false);
  const top = Math.max(1, ...bins.map(({ n }) => n));

  /** The place under the pointer, in bars from the left. */
  const at = (event: PointerEvent) => {
    const box = plot.current?.getBoundingClientRect();
    return box ? ((event.clientX - box.left) / box.width) * BINS : 0;
  };
  const pull = (event: PointerEvent) => {
    const held = grip.current;
    if (!held) return;
    latest.current =
      "end" in held
        ? moveEnd(latest.current, held.end, Math.round(at(event)))
        : spanned(held.bar, Math.floor(at(event)));
    onDrag(latest.current);
  };
  const take = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const end = (event.target as HTMLElement).dataset.end;
    grip.current = end ? { end: end === "0" ? 0 : 1 } : { bar: Math.floor(at(event)) };
    latest.current = range;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDragging(true);
    pull(event);
  };
  const drop = () => {
    if (!grip.current) return;
    grip.current = null;
    setDragging(false);
    onChoose(latest.current);
  };

  return (
    <div
      className={classes(styles.histogram, dragging && styles.dragging)}
      data-testid="histogram"
      onPointerDown={take}
      onPointerMove={pull}
      onPointerUp={drop}
      onPointerCancel={drop}
    >
      <div className={styles.plot} ref={plot} aria-hidden="true">
        {bins.map(({ n, waiting }, index) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
            key={index}
            className={classes(styles.bar, (off || index < range[0] || index >= range[1]) && styles.outside)}
            title={t("score.bar", { ...ends(index), n: formatNumber(n), waiting: formatNumber(waiting) })}
          >
            <Part name={styles.rest} share={(n - waiting) / top} />
            <Part name={styles.waiting} share={waiting / top} />
          </div>
        ))}
      </div>
      <div className={styles.track}>
        <div
          className={styles.chosen}
          style={{ left: share(range[0]), right: share(BINS - range[1]) }}
          hidden={off}
        />
        <End end={0} range={range} onChoose={onChoose} />
        <End end={1} range={range} onChoose={onChoose} />
      </div>
      <div className={styles.axis} aria-hidden="true">
        {[0, 4, 8, 12, 16, 20].map((edge) => (
          <span key={edge} style={{ left: share(edge) }}>
            {formatNumber(edge / BINS, 1)}
          </span>
        ))}
      </div>
      <BarsTable bins={bins} />
    </div>
  );
}

function Part({ name, share }: { name?: string; share: number }) {
  return share > 0 ? <div className={name} style={{ height: `${share * 100}%` }} /> : null;
}

function share(edge: number): string {
  return `${(edge / BINS) * 100}%`;
}

function ends(index: number): { low: string; high: string } {
  return { low: formatNumber(index / BINS, 2), high: formatNumber((index + 1) / BINS, 2) };
}

interface EndProps {
  end: 0 | 1;
  range: Range;
  onChoose: (range: Range) => void;
}

function End({ end, range, onChoose }: EndProps) {
  const { t } = useTranslation("items");
  const press = (event: KeyboardEvent) => {
    const move = KEYS[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onChoose(moveEnd(range, end, move(range[end])));
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      data-end={end}
      className={styles.end}
      style={{ left: share(range[end]) }}
      aria-label={t(end === 0 ? "score.from" : "score.below")}
      aria-valuemin={0}
      aria-valuemax={1}
      aria-valuenow={range[end] / BINS}
      aria-valuetext={formatNumber(range[end] / BINS, 2)}
      onKeyDown={press}
    />
  );
}

/** The same bars for who cannot see them. */
function BarsTable({ bins }: { bins: Bar[] }) {
  const { t } = useTranslation("items");
  return (
    <table className="visually-hidden">
      <caption>{t("score.title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("score.column")}</th>
          <th scope="col">{t("title")}</th>
          <th scope="col">{t("common:state.queued")}</th>
        </tr>
      </thead>
      <tbody>
        {bins.map(({ n, waiting }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
          <tr key={index}>
            <th scope="row">{t("score.span", ends(index))}</th>
            <td>{formatNumber(n)}</td>
            <td>{formatNumber(waiting)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
