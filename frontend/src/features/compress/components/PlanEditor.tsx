import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components";
import type { CompressOptions, PlannedStep, StepInfo } from "@/lib/api";
import { addStep, moveStep, removeStep, setOption } from "../planEdits";
import styles from "./Compress.module.css";
import { SchemaFields } from "./SchemaFields";

interface PlanEditorProps {
  steps: StepInfo[];
  plan: PlannedStep[];
  /** Why steps that train cannot be used; null = they can. */
  noWeights: string | null;
  onChange: (plan: PlannedStep[]) => void;
}

/** The name of a step without the line that explains it. */
export function useStepName(): (slug: string, steps: CompressOptions["steps"]) => string {
  const { t } = useTranslation("compress");
  return (slug, steps) => {
    const label = steps.find((one) => one.slug === slug)?.label ?? slug;
    return t(`stepName.${slug}`, { defaultValue: label.split(":")[0] ?? slug });
  };
}

/** Steps in the order in which they run: added, taken out, moved by buttons or by the arrow keys on their handle. */
export function PlanEditor({ steps, plan, noWeights, onChange }: PlanEditorProps) {
  const { t } = useTranslation("compress");
  const stepName = useStepName();
  const [said, setSaid] = useState("");
  const list = useRef<HTMLOListElement>(null);
  const [focusAt, setFocusAt] = useState<number | null>(null);

  useEffect(() => {
    if (focusAt === null) return;
    list.current?.querySelectorAll<HTMLElement>("[data-handle]")[focusAt]?.focus();
    setFocusAt(null);
  }, [focusAt]);

  const move = (index: number, by: -1 | 1) => {
    const to = index + by;
    if (to < 0 || to >= plan.length) return;
    onChange(moveStep(plan, index, by));
    setFocusAt(to);
    setSaid(
      t("plan.moved", { name: stepName(plan[index]?.step ?? "", steps), n: to + 1, total: plan.length }),
    );
  };
  const remove = (index: number) => {
    onChange(removeStep(plan, index));
    setSaid(t("plan.removed", { name: stepName(plan[index]?.step ?? "", steps) }));
    if (plan.length > 1) setFocusAt(Math.max(0, index - 1));
  };
  return (
    <div className={styles.editor}>
      {plan.length === 0 ? <p className="muted">{t("plan.empty")}</p> : null}
      <ol ref={list} className={styles.plan}>
        {plan.map((planned, index) => (
          <PlanCard
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is known by its place; the same one may come twice
            key={index}
            index={index}
            total={plan.length}
            name={stepName(planned.step, steps)}
            info={steps.find(({ slug }) => slug === planned.step)}
            options={planned.options}
            onMove={(by) => move(index, by)}
            onRemove={() => remove(index)}
            onSet={(name, value) => onChange(setOption(plan, index, name, value))}
          />
        ))}
      </ol>
      <fieldset className={styles.add}>
        <legend>{t("plan.add")}</legend>
        {steps.map((info) => (
          <Button
            key={info.slug}
            size="s"
            title={aboutOf(info)}
            reason={info.needs === "weights" ? noWeights : null}
            onClick={() => {
              onChange(addStep(plan, info));
              setFocusAt(plan.length);
            }}
          >
            + {stepName(info.slug, steps)}
          </Button>
        ))}
      </fieldset>
      <p className="visually-hidden" aria-live="polite">
        {said}
      </p>
    </div>
  );
}

function aboutOf({ label }: StepInfo): string {
  return label.split(":").slice(1).join(":").trim() || label;
}

interface PlanCardProps {
  index: number;
  total: number;
  name: string;
  info?: StepInfo;
  options: Record<string, unknown>;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
  onSet: (name: string, value: unknown) => void;
}

function PlanCard({ index, total, name, info, options, onMove, onRemove, onSet }: PlanCardProps) {
  const { t } = useTranslation("compress");
  const onKey = (event: KeyboardEvent) => {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : null;
    if (by === null) return;
    event.preventDefault();
    onMove(by);
  };
  const named = { n: index + 1, name };
  return (
    <li className={styles.planCard}>
      <div className={styles.planHead}>
        <button
          type="button"
          data-handle
          className={styles.handle}
          aria-label={t("plan.handle", named)}
          title={t("plan.handleHint")}
          onKeyDown={onKey}
        >
          <span className={styles.number} aria-hidden="true">
            {index + 1}
          </span>
        </button>
        <h3>{name}</h3>
        {info ? (
          <span className={`muted truncate ${styles.planAbout}`}>
            {t(`stepAbout.${info.slug}`, { defaultValue: aboutOf(info) })}
          </span>
        ) : null}
        <span className={styles.planButtons}>
          <Button
            size="s"
            variant="ghost"
            disabled={index === 0}
            aria-label={t("plan.up", named)}
            title={t("plan.up", named)}
            onClick={() => onMove(-1)}
          >
            ↑
          </Button>
          <Button
            size="s"
            variant="ghost"
            disabled={index === total - 1}
            aria-label={t("plan.down", named)}
            title={t("plan.down", named)}
            onClick={() => onMove(1)}
          >
            ↓
          </Button>
          <Button
            size="s"
            variant="ghost"
            aria-label={t("plan.remove", named)}
            title={t("plan.remove", named)}
            onClick={onRemove}
          >
            ×
          </Button>
        </span>
      </div>
      {info ? (
        <SchemaFields info={info} options={options} onSet={onSet} />
      ) : (
        <p className={styles.problem}>{t("problem.unknownStep", { step: name })}</p>
      )}
    </li>
  );
}
