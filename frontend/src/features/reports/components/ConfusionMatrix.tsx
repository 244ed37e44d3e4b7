import { useTranslation } from "react-i18next";
import { Card } from "@/components";
import type { Confusion } from "@/lib/api";
import { formatNumber, formatShare } from "@/lib/format";
import { useClassName } from "@/lib/useClassName";
import styles from "./Reports.module.css";

/** Rows are the truth, columns the guess; each cell is shaded by its share of the row. */
export function ConfusionMatrix({ projectId, confusion }: { projectId: number; confusion: Confusion }) {
  const { t } = useTranslation("reports");
  const say = useClassName(projectId);
  const { labels, matrix, score } = confusion;
  const name = (label: string) => (label === "background" ? t("background") : say(label));
  return (
    <Card
      title={t("confusion")}
      about={score ? t("confusionAt", { score: formatNumber(score, 2) }) : t("confusionAbout")}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reachable by keyboard */}
      <section className={styles.scroll} aria-label={t("confusion")} tabIndex={0}>
        <table className={styles.confusion}>
          <caption className="visually-hidden">{t("confusionAbout")}</caption>
          <thead>
            <tr>
              <td />
              {labels.map((label) => (
                <th key={label} scope="col" title={name(label)}>
                  <span>{name(label)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {labels.map((label, row) => {
              const total = (matrix[row] ?? []).reduce((sum, count) => sum + count, 0);
              return (
                <tr key={label}>
                  <th scope="row" title={name(label)}>
                    <span>{name(label)}</span>
                  </th>
                  {labels.map((guess, column) => {
                    const count = matrix[row]?.[column] ?? 0;
                    const share = total ? count / total : 0;
                    return (
                      <td
                        key={guess}
                        title={`${name(label)} → ${name(guess)}: ${formatShare(share, 1)}`}
                        data-right={row === column || undefined}
                        style={{ "--share": `${Math.round(38 * share)}%` } as React.CSSProperties}
                      >
                        {count ? formatNumber(count) : <span className="muted">·</span>}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </Card>
  );
}
