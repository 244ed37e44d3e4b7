import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { classes, ErrorState, Skeleton } from "@/components";
import { formatDuration, formatNumber, formatSeconds } from "@/lib/format";
import { type Bar, type Summary, useSummary } from "../api";
import { BINS, type ItemFilter, NO_GUESS, type Range, readRange, WHOLE, writeRange } from "../search";
import { Histogram } from "./Histogram";
import styles from "./Scores.module.css";

interface ScoreFilterProps {
  projectId: number;
  filter: ItemFilter;
  onChange: (score: string) => void;
}

/** How much work is where: bars by the lowest shown score, a range of them as a filter, and what it comes to. */
export function ScoreFilter({ projectId, filter, onChange }: ScoreFilterProps) {
  const { t } = useTranslation("items");
  const summary = useSummary(projectId, filter);
  const [drag, setDrag] = useState<Range | null>(null);
  // The address follows a moment later: until it has, the next key goes on from here and no step is lost.
  useEffect(() => {
    if (drag && writeRange(drag) === filter.score) setDrag(null);
  }, [drag, filter.score]);
  if (summary.data === undefined) {
    return summary.isPending ? (
      <div className={styles.ghost}>
        <Skeleton rows={1} height={150} />
      </div>
    ) : (
      <ErrorState error={summary.error} onRetry={() => void summary.refetch()} />
    );
  }
  const { data } = summary;
  const off = drag === null && filter.score === NO_GUESS;
  const range = drag ?? readRange(filter.score) ?? WHOLE;
  const choose = (next: Range) => {
    setDrag(next);
    onChange(writeRange(next));
  };
  const chooseScore = (score: string) => {
    setDrag(null);
    onChange(score);
  };
  return (
    <section
      className={classes(styles.panel, summary.isPlaceholderData && styles.stale)}
      aria-label={t("score.title")}
    >
      <div className={styles.left}>
        <div className={styles.head}>
          <h2 className={styles.title}>{t("score.title")}</h2>
          <p className={styles.legend} aria-hidden="true">
            <span className={styles.waiting} /> {t("score.waiting")} <span className={styles.rest} />{" "}
            {t("score.others")}
          </p>
        </div>
        <Histogram bins={data.bins} range={range} off={off} onDrag={setDrag} onChoose={choose} />
      </div>
      <Found
        summary={data}
        found={foundIn(data, filter.score, drag)}
        score={drag ? writeRange(drag) : filter.score}
      />
      <div className={styles.choices}>
        <button
          type="button"
          className={styles.choice}
          aria-pressed={filter.score === ""}
          onClick={() => chooseScore("")}
        >
          {t("score.all")}
        </button>
        <button
          type="button"
          className={styles.choice}
          aria-pressed={filter.score === NO_GUESS}
          onClick={() => chooseScore(filter.score === NO_GUESS ? "" : NO_GUESS)}
        >
          {t("score.none")} <span className="num muted">{formatNumber(data.no_guess.n)}</span>
        </button>
      </div>
    </section>
  );
}

/**
 * What a range holds. Of whole bars it is counted here, so that it follows the pointer without asking anybody; a range
 * that somebody typed between the edges is the server's to count.
 */
export function foundIn(summary: Summary, score: string, drag: Range | null): Bar {
  if (drag === null && score === NO_GUESS) return summary.no_guess;
  const whole = (drag === null && score === "") || (drag !== null && writeRange(drag) === "");
  const range = drag ?? readRange(score);
  if (!whole && !range) return { n: summary.items, waiting: summary.waiting };
  const bars = whole ? [...summary.bins, summary.no_guess] : summary.bins.slice(...(range ?? WHOLE));
  return bars.reduce((sum, bar) => ({ n: sum.n + bar.n, waiting: sum.waiting + bar.waiting }), {
    n: 0,
    waiting: 0,
  });
}

interface FoundProps {
  summary: Summary;
  found: Bar;
  score: string;
}

function Found({ summary, found, score }: FoundProps) {
  const { t } = useTranslation("items");
  const { median_ms, submits, needed } = summary.review;
  const range = readRange(score);
  return (
    <div className={styles.found} aria-live="polite" data-testid="found">
      <p className={styles.count}>{t("score.items", { count: found.n, n: formatNumber(found.n) })}</p>
      <p className="muted">
        {score === NO_GUESS
          ? t("score.noGuess")
          : range
            ? t("score.span", {
                low: formatNumber(range[0] / BINS, 2),
                high: formatNumber(range[1] / BINS, 2),
              })
            : score === ""
              ? t("score.anyScore")
              : score.replace("..", " – ")}
      </p>
      {found.n === 0 ? null : (
        <>
          <p>
            {found.waiting === 0
              ? t("score.noneWait")
              : t(median_ms === null ? "score.waitOnly" : "score.wait", {
                  count: found.waiting,
                  n: formatNumber(found.waiting),
                })}
            {found.waiting > 0 && median_ms !== null ? (
              <strong> {t("score.time", { time: inAll(found.waiting * median_ms) })}</strong>
            ) : null}
          </p>
          <p className="muted">
            {median_ms === null
              ? t("score.noTime", { n: formatNumber(submits), needed: formatNumber(needed) })
              : t("score.median", { time: perItem(median_ms), n: formatNumber(submits) })}
          </p>
        </>
      )}
    </div>
  );
}

/** Whole minutes: it is an estimate. */
function inAll(total_ms: number): string {
  const seconds = total_ms / 1000;
  return formatDuration(seconds < 60 ? seconds : Math.round(seconds / 60) * 60);
}

/** Under ten seconds a tenth matters: it is multiplied by thousands. */
function perItem(median_ms: number): string {
  if (median_ms >= 10_000) return formatDuration(median_ms / 1000);
  return formatSeconds(median_ms / 1000);
}
