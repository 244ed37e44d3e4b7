import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Bar, Swatch } from "@/components";
import type { Dashboard, LabelClass } from "@/lib/api";
import { className, formatNumber, formatShare } from "@/lib/format";
import styles from "./Projects.module.css";

const PARTS = [
  { key: "accepted", color: "var(--state-reviewed)" },
  { key: "edited", color: "var(--state-queued)" },
  { key: "relabelled", color: "var(--state-skipped)" },
  { key: "deleted", color: "var(--state-problem)" },
  { key: "added", color: "var(--state-auto)" },
] as const;

interface AcceptanceProps {
  projectId: number;
  rows: Dashboard["acceptance"];
  labels: LabelClass[];
}

/** What people did with the guesses of each class: it tells what to retrain. */
export function Acceptance({ projectId, rows, labels }: AcceptanceProps) {
  const { t } = useTranslation("projects");
  const known = rows.flatMap((row) => {
    const label = labels.find(({ id }) => id === row.class_id);
    return label ? [{ row, label }] : [];
  });
  if (known.length === 0) return <p className="muted">{t("acceptance.empty")}</p>;
  const sum = (key: (typeof PARTS)[number]["key"]) => known.reduce((total, { row }) => total + row[key], 0);
  return (
    <>
      <div className={styles.classes}>
        {known.map(({ row, label }) => {
          const guessed = row.accepted + row.edited + row.relabelled + row.deleted;
          return (
            <Fragment key={row.class_id}>
              <Swatch color={label.color}>
                <Link
                  className="truncate"
                  title={className(label)}
                  to={`/projects/${projectId}/items?class=${label.id}&state=reviewed`}
                >
                  {className(label)}
                </Link>
              </Swatch>
              <Bar
                label={className(label)}
                legend={false}
                format={formatNumber}
                parts={PARTS.map(({ key, color }) => ({
                  key,
                  color,
                  label: t(`acceptance.${key}`),
                  value: row[key],
                }))}
              />
              <span className="num">{formatShare(guessed ? row.accepted / guessed : null)}</span>
            </Fragment>
          );
        })}
      </div>
      <div style={{ marginTop: 12 }}>
        <Bar
          label={t("acceptance.total")}
          format={formatNumber}
          parts={PARTS.map(({ key, color }) => ({
            key,
            color,
            label: t(`acceptance.${key}`),
            value: sum(key),
          }))}
        />
      </div>
    </>
  );
}
