import { useTranslation } from "react-i18next";
import { BARS, type Counts, DECISIONS, type Histogram } from "./histogram";
import styles from "./ThresholdSlider.module.css";

const [WIDTH, HEIGHT] = [200, 40];
const BAR = WIDTH / BARS;

/** One bar, its decisions on top of each other; a single guess stays visible beside five hundred. */
function Bar({
  counts,
  at,
  tallest,
  below,
}: {
  counts: Counts;
  at: number;
  tallest: number;
  below: boolean;
}) {
  const all = DECISIONS.reduce((sum, name) => sum + counts[name], 0);
  if (all === 0)
    return <rect className={styles.floor} x={at * BAR + 0.5} y={HEIGHT - 1} width={BAR - 1} height={1} />;
  const full = Math.max(4, (all / tallest) * (HEIGHT - 2));
  let top = HEIGHT;
  return (
    <g className={below ? styles.below : undefined}>
      {DECISIONS.map((name) => {
        const height = (counts[name] / all) * full;
        top -= height;
        return height === 0 ? null : (
          <rect
            key={name}
            className={styles[name]}
            x={at * BAR + 0.5}
            y={top}
            width={BAR - 1}
            height={height}
          />
        );
      })}
    </g>
  );
}

interface ScoreBarsProps {
  histogram: Histogram;
  show: number;
  accept: number;
}

export function ScoreBars({ histogram, show, accept }: ScoreBarsProps) {
  const { t } = useTranslation("check");
  const { bars, sum, tallest } = histogram;
  return (
    <svg
      className={styles.bars}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t("histogram.label", { ...sum })}
      data-testid="score-histogram"
    >
      {bars.map((counts, at) => (
        <Bar
          // biome-ignore lint/suspicious/noArrayIndexKey: the bars never change places
          key={at}
          counts={counts}
          at={at}
          tallest={tallest}
          below={(at + 0.5) / BARS < show}
        />
      ))}
      {accept > 1 ? null : (
        <line className={styles.accept} x1={accept * WIDTH} x2={accept * WIDTH} y1={0} y2={HEIGHT} />
      )}
    </svg>
  );
}
