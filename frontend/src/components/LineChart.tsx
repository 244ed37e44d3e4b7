import { formatNumber } from "@/lib/format";
import { makeScale, paddedDomain } from "@/lib/scale";
import { Swatch } from "./Badge";
import styles from "./LineChart.module.css";
import { useWidth } from "./useWidth";

export interface Line {
  name: string;
  color: string;
  points: [number, number][];
  /** Radii of the points; without, only the line is drawn. */
  dots?: number[];
}

interface LineChartProps {
  /** What it shows, in words: the drawing itself says nothing to a screen reader. */
  label: string;
  xName: string;
  yName: string;
  lines: Line[];
  /** Both axes from 0 to 1, square. */
  unit?: boolean;
  /** The line on which both axes are equal. */
  diagonal?: boolean;
  height?: number;
  legend?: boolean;
}

const MARGIN = { left: 46, right: 10, top: 24, bottom: 34 };

/** Lines over two axes. Whoever uses it gives the numbers in words or in a table as well. */
export function LineChart({
  label,
  xName,
  yName,
  lines,
  unit = false,
  diagonal = false,
  height = 240,
  legend = true,
}: LineChartProps) {
  const [frame, width] = useWidth<HTMLElement>(340);
  const shown = unit ? Math.min(width, height + 80) : width;
  const all = lines.flatMap(({ points }) => points);
  const domain = (index: 0 | 1): [number, number] =>
    unit
      ? [0, 1]
      : paddedDomain(
          all.map((point) => point[index]),
          false,
          index === 0 ? 0 : 0.08,
        );
  const x = makeScale(domain(0), { range: [MARGIN.left, shown - MARGIN.right], ticks: 5 });
  const y = makeScale(domain(1), { range: [height - MARGIN.bottom, MARGIN.top], ticks: 5 });
  const path = (points: [number, number][]) =>
    points
      .map(([a, b], index) => `${index ? "L" : "M"}${x.toPixel(a).toFixed(1)} ${y.toPixel(b).toFixed(1)}`)
      .join("");
  const written = (value: number) =>
    formatNumber(value, Number.isInteger(value) ? 0 : Math.abs(value) < 0.1 ? 3 : 2);
  return (
    <figure ref={frame} className={styles.chart}>
      <svg width={shown} height={height} viewBox={`0 0 ${shown} ${height}`} role="img" aria-label={label}>
        {y.ticks.map((value) => (
          <g key={value}>
            <path className={styles.grid} d={`M${MARGIN.left} ${y.toPixel(value)}H${shown - MARGIN.right}`} />
            <text
              className={styles.tick}
              x={MARGIN.left - 6}
              y={y.toPixel(value)}
              dy="0.32em"
              textAnchor="end"
            >
              {written(value)}
            </text>
          </g>
        ))}
        {x.ticks.map((value) => (
          <text
            key={value}
            className={styles.tick}
            x={x.toPixel(value)}
            y={height - MARGIN.bottom + 15}
            textAnchor="middle"
          >
            {written(value)}
          </text>
        ))}
        <text className={styles.tick} x={shown - MARGIN.right} y={height - 4} textAnchor="end">
          {xName}
        </text>
        <text className={styles.tick} x={2} y={12}>
          {yName}
        </text>
        {diagonal ? (
          <path
            className={styles.diagonal}
            d={path([
              [0, 0],
              [1, 1],
            ])}
          />
        ) : null}
        {lines.map(({ name, color, points, dots }) => (
          <g key={name}>
            <path className={styles.line} stroke={color} d={path(points)} />
            {dots?.map((radius, index) => {
              const [a, b] = points[index] ?? [0, 0];
              return (
                <circle
                  key={`${a}-${b}`}
                  cx={x.toPixel(a)}
                  cy={y.toPixel(b)}
                  r={radius}
                  fill={color}
                  fillOpacity="0.55"
                />
              );
            })}
          </g>
        ))}
      </svg>
      {legend && lines.length > 1 ? (
        <figcaption className={styles.legend}>
          {lines.map(({ name, color }) => (
            <Swatch key={name} color={color}>
              {name}
            </Swatch>
          ))}
        </figcaption>
      ) : null}
    </figure>
  );
}
