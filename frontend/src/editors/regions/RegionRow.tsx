import type { CSSProperties, MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { classes } from "@/components";
import { isArea } from "@/document/geometry";
import type { Region, RegionKind } from "@/document/region";
import { className } from "../classNames";
import type { Desk } from "../desk";
import styles from "./RegionList.module.css";
import { lineStyle, percent, UNKNOWN_COLOUR } from "./shapes";

interface RegionRowProps {
  desk: Desk;
  region: Region;
  position: number;
  total: number;
  selected: boolean;
  picked: boolean;
  style: CSSProperties;
  onClick: (event: MouseEvent) => void;
}

const DASHES = { solid: undefined, dash: "6 3", dot: "2 2.5" };

/** The line as it is drawn on the picture: it is the legend of the line styles at the same time. */
export function LineSample({
  colour,
  dash,
  width,
  kind = "bbox",
}: {
  colour: string;
  dash: string | undefined;
  width: number;
  kind?: RegionKind;
}) {
  const line = { stroke: colour, strokeWidth: width, strokeDasharray: dash };
  return (
    <svg width="22" height="14" viewBox="0 0 22 14" aria-hidden="true" className={styles.sample}>
      {kind === "polygon" ? <path d="M3 4 11 2l8 3-2 7H6z" fill="none" {...line} /> : null}
      {kind === "mask" ? (
        <rect x="2" y="2" width="18" height="10" rx="5" fill={colour} fillOpacity="0.35" {...line} />
      ) : null}
      {kind === "bbox" || kind === "class" ? (
        <rect x="2" y="2" width="18" height="10" fill="none" {...line} />
      ) : null}
    </svg>
  );
}

export function RegionRow({
  desk,
  region,
  position,
  total,
  selected,
  picked,
  style,
  onClick,
}: RegionRowProps) {
  const { t, i18n } = useTranslation("review");
  const thresholds = useStore(desk.view, (view) => view.thresholds);
  const label = useStore(desk.view, (view) => view.classes.find((one) => one.id === region.classId));
  const name = label === undefined ? `#${region.classId}` : className(label, i18n.language);
  const line = lineStyle(region, thresholds);
  const state = t(`region.state.${region.needsCheck ? "needs_check" : region.state}`);
  // For the others the group's head says it already to the eye; a screen reader hears it in every row.
  const told = region.needsCheck || (region.state !== "pending" && region.state !== "accepted");
  return (
    // The list owns the keyboard (arrows, and every command of the page); the row adds the pointer.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    // biome-ignore lint/a11y/useFocusableInteractive: the listbox uses aria-activedescendant
    <div
      id={`region-${region.id}`}
      data-testid="region-row"
      data-state={region.state}
      role="option"
      aria-selected={selected || picked}
      aria-posinset={position}
      aria-setsize={total}
      className={classes(
        styles.row,
        selected && styles.selected,
        picked && styles.picked,
        region.state === "rejected" && styles.rejected,
      )}
      style={style}
      onClick={onClick}
    >
      <LineSample
        colour={label?.color ?? UNKNOWN_COLOUR}
        kind={region.kind}
        dash={DASHES[line]}
        width={line === "dot" ? 2.5 : 2}
      />
      <span className={styles.name}>
        {name}
        {isArea(region) ? <span className="visually-hidden"> {t(`region.kind.${region.kind}`)}</span> : null}
      </span>
      <span className={told ? styles.state : "visually-hidden"}> {state} </span>
      <span className={styles.score}>
        {region.prediction === null ? "" : percent(region.prediction.score)}
      </span>
    </div>
  );
}
