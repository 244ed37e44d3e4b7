import { type KeyboardEvent, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { classes, useWidth } from "@/components";
import type { ParetoPoint } from "@/lib/api";
import { makeScale, paddedDomain, type Scale } from "@/lib/scale";
import { type Axis, pointKey } from "../axes";
import { type Budgets, type Directions, frontOf, isOutside, type Spot, stepLine } from "../front";
import { familyColors, markOf } from "../marks";
import type { View } from "../view";
import { BudgetLine } from "./BudgetLine";
import { Grid, MARGIN } from "./Grid";
import styles from "./Pareto.module.css";
import { usePointText } from "./pointText";

const HEIGHT = 420;

export interface Placed extends Spot {
  point: ParetoPoint;
}

/** The points that have both values; the others are named beside the plot. */
export function placed(points: ParetoPoint[], x: Axis, y: Axis): Placed[] {
  return points.flatMap((point) => {
    const [a, b] = [x.value(point), y.value(point)];
    return a === null || b === null ? [] : [{ key: pointKey(point), x: a, y: b, point }];
  });
}

interface ParetoPlotProps {
  spots: Placed[];
  /** All points of the project, so that a family keeps its colour. */
  points: ParetoPoint[];
  x: Axis;
  y: Axis;
  view: View;
  onSelect: (key: string, more: boolean) => void;
  onBudgets: (budgets: Budgets) => void;
}

/** Points, the front as a step line, budgets as lines that can be dragged. */
export function ParetoPlot({ spots, points, x, y, view, onSelect, onBudgets }: ParetoPlotProps) {
  const { t } = useTranslation("pareto");
  const [frame, width] = useWidth<HTMLDivElement>(720);
  const directions: Directions = { x: x.better, y: y.better };
  const scales = useScales(spots, view, width);
  const front = useMemo(
    () =>
      frontOf(
        spots.filter(({ point }) => !point.stale),
        { x: x.better, y: y.better },
      ),
    [spots, x, y],
  );
  const colors = useMemo(() => familyColors(points), [points]);
  const line = stepLine(front, directions)
    .map(
      ([a, b], index) =>
        `${index ? "L" : "M"}${scales.x.toPixel(a).toFixed(1)} ${scales.y.toPixel(b).toFixed(1)}`,
    )
    .join("");
  const lines = (["x", "y"] as const).flatMap((side) => {
    const limit = view.budgets[side];
    return limit === null ? [] : [{ side, limit }];
  });
  return (
    <div ref={frame} className={styles.frame}>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing cannot be a fieldset */}
      <svg
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        className={styles.plot}
        role="group"
        aria-label={t("plot", { x: t(`axis.${x.name}`), y: t(`axis.${y.name}`) })}
      >
        <Hatches colors={colors} />
        <Grid x={scales.x} y={scales.y} xAxis={x} yAxis={y} width={width} height={HEIGHT} />
        {front.length > 1 ? <path className={styles.front} d={line} /> : null}
        <Points
          spots={spots}
          front={new Set(front.map(({ key }) => key))}
          scales={scales}
          colors={colors}
          view={view}
          directions={directions}
          axes={{ x, y }}
          onSelect={onSelect}
        />
        {lines.map(({ side, limit }) => (
          <BudgetLine
            key={side}
            side={side}
            axis={side === "x" ? x : y}
            value={limit}
            scale={scales[side]}
            width={width}
            height={HEIGHT}
            onMove={(value) => onBudgets({ ...view.budgets, [side]: value })}
          />
        ))}
      </svg>
    </div>
  );
}

interface Scales {
  x: Scale;
  y: Scale;
}

function useScales(spots: Placed[], view: View, width: number): Scales {
  const { logX, logY, budgets } = view;
  return useMemo(() => {
    const limits = (value: number | null) => (value === null ? [] : [value]);
    const xs = [...spots.map(({ x }) => x), ...limits(budgets.x)];
    // Error bars belong to the plot as much as their points.
    const bars = spots.flatMap(({ y, point: { metric, low, high } }) =>
      metric === y ? [low ?? y, high ?? y, y] : [y],
    );
    const ys = [...bars, ...limits(budgets.y)];
    return {
      x: makeScale(paddedDomain(xs, logX), {
        range: [MARGIN.left, width - MARGIN.right],
        log: logX,
        ticks: width / 110,
      }),
      y: makeScale(paddedDomain(ys, logY), {
        range: [HEIGHT - MARGIN.bottom, MARGIN.top],
        log: logY,
        ticks: 6,
      }),
    };
  }, [spots, logX, logY, budgets.x, budgets.y, width]);
}

/** A fill of lines for each family: what is old is not filled, but hatched. */
function Hatches({ colors }: { colors: Map<string, string> }) {
  return (
    <defs>
      {[...colors].map(([family, color]) => (
        <pattern
          key={family}
          id={hatchId(color)}
          width="4"
          height="4"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width="4" height="4" className={styles.hatchGround} />
          <rect width="1.8" height="4" fill={color} />
        </pattern>
      ))}
    </defs>
  );
}

function hatchId(color: string): string {
  return `hatch-${color.slice(1)}`;
}

interface PointsProps {
  spots: Placed[];
  front: Set<string>;
  scales: Scales;
  colors: Map<string, string>;
  view: View;
  directions: Directions;
  axes: { x: Axis; y: Axis };
  onSelect: (key: string, more: boolean) => void;
}

/** A list box: arrows go from point to point, left to right; Enter selects, with Shift up to four. */
function Points({ spots, front, scales, colors, view, directions, axes, onSelect }: PointsProps) {
  const { t } = useTranslation("pareto");
  const text = usePointText(axes.x, axes.y);
  const id = useId();
  const ordered = useMemo(() => [...spots].sort((a, b) => a.x - b.x || a.y - b.y), [spots]);
  const [focused, setFocused] = useState<string | null>(null);
  const current = ordered.find(({ key }) => key === (focused ?? view.selected.at(-1))) ?? ordered[0];
  const onKey = (event: KeyboardEvent, index: number) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    const key = ordered[index]?.key ?? "";
    if (event.key === "Enter" || event.key === " ") onSelect(key, event.shiftKey);
    else if (by) {
      const next = ordered[Math.min(ordered.length - 1, Math.max(0, index + by))];
      if (!next) return;
      setFocused(next.key);
      if (!event.shiftKey) onSelect(next.key, false);
      document.getElementById(`${id}-${next.key}`)?.focus();
    } else return;
    event.preventDefault();
  };
  if (ordered.length === 0) return null;
  return (
    <g role="listbox" aria-label={t("points")} aria-multiselectable="true">
      {ordered.map((spot, index) => {
        const selected = view.selected.includes(spot.key);
        const color = colors.get(spot.point.family) ?? "currentColor";
        const at = `translate(${scales.x.toPixel(spot.x).toFixed(1)} ${scales.y.toPixel(spot.y).toFixed(1)})`;
        return (
          <g
            key={spot.key}
            id={`${id}-${spot.key}`}
            role="option"
            aria-selected={selected}
            aria-label={text(spot, front.has(spot.key))}
            tabIndex={spot.key === current?.key ? 0 : -1}
            className={classes(styles.point, isOutside(spot, view.budgets, directions) && styles.outside)}
            onClick={(event) => onSelect(spot.key, event.shiftKey)}
            onKeyDown={(event) => onKey(event, index)}
            onFocus={() => setFocused(spot.key)}
          >
            <title>{text(spot, front.has(spot.key))}</title>
            <ErrorBar spot={spot} scales={scales} axes={axes} color={color} />
            <g transform={at}>
              <circle r="14" className={styles.reach} />
              {selected ? <circle r="12" className={styles.ring} /> : null}
              {view.fresh.includes(spot.key) ? <circle r="15" className={styles.fresh} /> : null}
              <path
                d={markOf(spot.point)}
                fill={spot.point.stale ? `url(#${hatchId(color)})` : color}
                className={classes(styles.mark, spot.point.stale && styles.stale)}
                style={spot.point.stale ? { stroke: color } : undefined}
              />
            </g>
          </g>
        );
      })}
    </g>
  );
}

function ErrorBar({
  spot,
  scales,
  axes,
  color,
}: {
  spot: Placed;
  scales: Scales;
  axes: { x: Axis; y: Axis };
  color: string;
}) {
  const { low, high } = spot.point;
  if (low === null || high === null) return null;
  if (axes.y.name === "metric") {
    const x = scales.x.toPixel(spot.x);
    const [a, b] = [scales.y.toPixel(low), scales.y.toPixel(high)];
    return (
      <path className={styles.bar} stroke={color} d={`M${x} ${a}V${b}M${x - 4} ${a}h8M${x - 4} ${b}h8`} />
    );
  }
  if (axes.x.name === "metric") {
    const y = scales.y.toPixel(spot.y);
    const [a, b] = [scales.x.toPixel(low), scales.x.toPixel(high)];
    return (
      <path className={styles.bar} stroke={color} d={`M${a} ${y}H${b}M${a} ${y - 4}v8M${b} ${y - 4}v8`} />
    );
  }
  return null;
}
