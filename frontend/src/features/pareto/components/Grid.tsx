import { useTranslation } from "react-i18next";
import type { Scale } from "@/lib/scale";
import type { Axis } from "../axes";
import styles from "./Pareto.module.css";

export const MARGIN = { left: 62, right: 30, top: 16, bottom: 44 };

interface GridProps {
  x: Scale;
  y: Scale;
  xAxis: Axis;
  yAxis: Axis;
  width: number;
  height: number;
}

/** Lines, ticks and names of both axes, with an arrow to the good end. */
export function Grid({ x, y, xAxis, yAxis, width, height }: GridProps) {
  const { t } = useTranslation("pareto");
  const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
  const better = (axis: Axis, low: string, high: string) => (axis.better === "low" ? low : high);
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in a drawn grid takes the focus
    <g className={styles.grid} aria-hidden="true">
      {y.ticks.map((value) => (
        <g key={value}>
          <path d={`M${MARGIN.left} ${y.toPixel(value)}H${right}`} />
          <text x={MARGIN.left - 8} y={y.toPixel(value)} dy="0.32em" textAnchor="end">
            {yAxis.format(value)}
          </text>
        </g>
      ))}
      {x.ticks.map((value) => (
        <g key={value}>
          <path d={`M${x.toPixel(value)} ${MARGIN.top}V${bottom}`} />
          <text x={x.toPixel(value)} y={bottom + 17} textAnchor="middle">
            {xAxis.format(value)}
          </text>
        </g>
      ))}
      <text className={styles.axisName} x={right} y={height - 6} textAnchor="end">
        {better(xAxis, "← ", "")}
        {t(`axis.${xAxis.name}`)}
        {better(xAxis, "", " →")}
      </text>
      <text className={styles.axisName} x={MARGIN.left + 6} y={MARGIN.top + 10}>
        {better(yAxis, "↓ ", "↑ ")}
        {t(`axis.${yAxis.name}`)}
      </text>
    </g>
  );
}
