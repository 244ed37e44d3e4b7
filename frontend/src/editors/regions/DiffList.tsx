import { type CSSProperties, type KeyboardEvent, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useKeyLabels } from "@/commands/keyStore";
import { classes } from "@/components";
import { type Difference, differences } from "@/document/diff";
import { className } from "../classNames";
import type { Desk } from "../desk";
import styles from "./RegionList.module.css";
import { LineSample } from "./RegionRow";
import { RowActions } from "./RowActions";
import { percent, UNKNOWN_COLOUR } from "./shapes";
import { useRowScroller } from "./useRowScroller";

interface RowProps {
  desk: Desk;
  difference: Difference;
  selected: boolean;
  style: CSSProperties;
}

/** How much the box still is the model's, or that there is only one of the two. */
function Overlap({ kind, iou }: Pick<Difference, "kind" | "iou">) {
  const { t } = useTranslation("check");
  if (iou === null)
    return <span className={styles.before}>{kind === "changed" ? "" : t(`diff.kind.${kind}`)}</span>;
  const value = iou.toFixed(2);
  return (
    <span className={styles.before}>
      <span aria-hidden="true">{t("diff.iou", { value })}</span>
      <span className="visually-hidden">{t("diff.iou_label", { value })}</span>
    </span>
  );
}

function DiffRow({ desk, difference, selected, style }: RowProps) {
  const { t, i18n } = useTranslation("check");
  const labels = useStore(desk.view, (view) => view.classes);
  const { region, kind, iou, classBefore } = difference;
  const labelOf = (id: number) => labels.find((one) => one.id === id);
  const nameOf = (id: number) => {
    const found = labelOf(id);
    return found === undefined ? `#${id}` : className(found, i18n.language);
  };
  const after = nameOf(region.classId);
  const name = classBefore === null ? after : t("diff.class", { before: nameOf(classBefore), after });
  const colour = labelOf(region.classId)?.color ?? UNKNOWN_COLOUR;
  return (
    // The list owns the keyboard; the row adds the pointer.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    // biome-ignore lint/a11y/useFocusableInteractive: the listbox uses aria-activedescendant
    <div
      id={`change-${region.id}`}
      data-testid="diff-row"
      data-kind={kind}
      role="option"
      aria-selected={selected}
      className={classes(styles.row, selected && styles.selected, kind === "removed" && styles.rejected)}
      style={style}
      onClick={() => desk.select(region.id)}
    >
      <LineSample colour={colour} dash={undefined} width={2} kind={region.kind} />
      <span className={styles.name} title={name}>
        {name}
      </span>
      <Overlap kind={kind} iou={iou} />
      <span className={styles.score}>
        {region.prediction === null || selected ? "" : percent(region.prediction.score)}
      </span>
    </div>
  );
}

function DiffHead({ desk, count }: { desk: Desk; count: number }) {
  const { t } = useTranslation("check");
  const key = useKeyLabels();
  return (
    <div className={styles.head}>
      <h2>
        {t("diff.title")} <span className="num">{count}</span>
      </h2>
      <button type="button" className={styles.toggle} onClick={() => desk.toggleDiff()}>
        {t("diff.close")} <kbd>{key("toggleDiff")}</kbd>
      </button>
    </div>
  );
}

/** Arrows go from change to change. */
function arrows(desk: Desk, rows: readonly Difference[], at: number): (event: KeyboardEvent) => void {
  return (event) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const row = rows[at + by];
    if (row !== undefined) desk.select(row.region.id);
  };
}

/** What was changed of the guesses, added and removed. The canvas shows the guesses as ghosts meanwhile. */
export function DiffList({ desk }: { desk: Desk }) {
  const { t } = useTranslation("check");
  const doc = useStore(desk.document.store, (state) => state.doc);
  const selectedId = useStore(desk.document.store, (state) => state.selectedId);
  const readOnly = useStore(desk.view, (view) => view.readOnly);
  const rows = useMemo(() => differences(doc), [doc]);
  const at = rows.findIndex((row) => row.region.id === selectedId);
  const scroll = useRowScroller(rows.length, at);
  const selected = rows[at];
  return (
    <section className={styles.section} aria-label={t("diff.title")} data-testid="diff-list">
      <DiffHead desk={desk} count={rows.length} />
      {rows.length === 0 ? <p className={styles.empty}>{t("diff.empty")}</p> : null}
      <div className={styles.frame}>
        <div
          ref={scroll.scroller}
          className={styles.scroller}
          role="listbox"
          tabIndex={0}
          aria-label={t("diff.title")}
          aria-activedescendant={at >= 0 ? `change-${selectedId}` : undefined}
          onKeyDown={arrows(desk, rows, at)}
        >
          <div className={styles.sheet} role="presentation" style={{ height: scroll.height }}>
            {scroll.rows.map(({ index, style }) => {
              const row = rows[index];
              if (row === undefined) return null;
              const chosen = row.region.id === selectedId;
              return (
                <DiffRow key={row.region.id} desk={desk} difference={row} selected={chosen} style={style} />
              );
            })}
          </div>
        </div>
        {selected !== undefined && scroll.inSight && !readOnly ? (
          <RowActions desk={desk} region={selected.region} top={scroll.top} />
        ) : null}
      </div>
    </section>
  );
}
