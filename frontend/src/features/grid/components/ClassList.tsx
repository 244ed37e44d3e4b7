import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { classes, Field, Input, Loaded, Swatch } from "@/components";
import { className } from "@/editors/classNames";
import type { Project } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { useClassesWaiting } from "../api";
import type { Range } from "../session/pool";
import styles from "./Grid.module.css";

interface ClassListProps {
  project: Project;
  range: Range | null;
  choose: (range: Range | null) => void;
}

/** The predicted classes with how many pictures wait of each. */
export function ClassList({ project, range, choose }: ClassListProps) {
  const { t, i18n } = useTranslation("grid");
  const waiting = useClassesWaiting(project.id);
  return (
    <nav className={styles.classes} aria-label={t("classes.title")}>
      <h2 className={styles.title}>{t("classes.title")}</h2>
      <Loaded query={waiting}>
        {(data) => (
          <>
            <ul className={styles.classRows}>
              {project.classes.map((label) => {
                const items = data.classes.find((one) => one.class_id === label.id)?.items ?? 0;
                const current = label.id === range?.classId;
                if (items === 0 && !current) return null;
                return (
                  <li key={label.id}>
                    <button
                      type="button"
                      className={classes(styles.classRow, current && styles.currentClass)}
                      aria-current={current || undefined}
                      title={className(label, i18n.language)}
                      onClick={() =>
                        choose({ classId: label.id, min: range?.min ?? 0, max: range?.max ?? 1 })
                      }
                    >
                      <span className={styles.fixed}>
                        <Swatch color={label.color} />
                      </span>
                      <span className={classes("truncate", styles.grow)}>
                        {className(label, i18n.language)}
                      </span>
                      <span className={styles.count}>{formatNumber(items)}</span>
                    </button>
                  </li>
                );
              })}
            </ul>
            {data.single > 0 ? (
              <p className={styles.hint}>
                {t("classes.single", { count: data.single, n: formatNumber(data.single) })}
              </p>
            ) : null}
          </>
        )}
      </Loaded>
      {range === null ? null : <Scores range={range} choose={choose} />}
    </nav>
  );
}

const percent = (share: number) => String(Math.round(share * 100));

/** From which score to which; what is typed counts when the field is left, or with Enter. */
function Scores({ range, choose }: { range: Range; choose: (range: Range) => void }) {
  const { t } = useTranslation("grid");
  const [from, setFrom] = useState(percent(range.min));
  const [to, setTo] = useState(percent(range.max));
  useEffect(() => {
    setFrom(percent(range.min));
    setTo(percent(range.max));
  }, [range.min, range.max]);
  const min = Number(from) / 100;
  const max = Number(to) / 100;
  const right = from !== "" && to !== "" && min >= 0 && max <= 1 && min <= max;
  const apply = () => {
    if (right && (min !== range.min || max !== range.max)) choose({ ...range, min, max });
  };
  const field = (label: string, value: string, set: (text: string) => void) => (
    <Field label={label}>
      {(control) => (
        <Input
          {...control}
          type="number"
          min={0}
          max={100}
          step={1}
          value={value}
          aria-invalid={!right || undefined}
          onChange={(event) => set(event.target.value)}
          onBlur={apply}
          onKeyDown={(event) => (event.key === "Enter" ? apply() : undefined)}
        />
      )}
    </Field>
  );
  return (
    <div className={styles.scores}>
      {field(t("range.from"), from, setFrom)}
      {field(t("range.to"), to, setTo)}
      {right ? null : (
        <p className={styles.wrongRange} role="alert">
          {t("range.wrong")}
        </p>
      )}
    </div>
  );
}
