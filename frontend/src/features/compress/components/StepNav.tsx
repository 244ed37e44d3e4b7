import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { classes } from "@/components";
import { STEPS, type WizardStep } from "../draft";
import type { Problem } from "../problems";
import styles from "./Compress.module.css";

interface StepNavProps {
  step: WizardStep;
  problems: Problem[];
  onStep: (step: WizardStep) => void;
}

/** The five steps; each can be gone to at any time, and says when something is missing on it. */
export function StepNav({ step, problems, onStep }: StepNavProps) {
  const { t } = useTranslation("compress");
  const current = useRef<HTMLButtonElement>(null);
  const seen = useRef(step);
  useEffect(() => {
    // The next page begins where the last one ended: the step's name takes the focus, and a reader hears it.
    if (seen.current === step) return;
    seen.current = step;
    current.current?.focus();
  }, [step]);
  return (
    <nav aria-label={t("steps")}>
      <ol className={styles.steps}>
        {STEPS.map((name, index) => {
          const count = problems.filter((problem) => problem.step === name).length;
          const active = name === step;
          return (
            <li key={name}>
              <button
                ref={active ? current : undefined}
                type="button"
                className={classes(styles.step, active && styles.current)}
                aria-current={active ? "step" : undefined}
                onClick={() => onStep(name)}
              >
                <span className={classes(styles.number, count > 0 && styles.lacking)} aria-hidden="true">
                  {count ? "!" : index + 1}
                </span>
                <span>{t(`step.${name}`)}</span>
                {count ? <span className="visually-hidden"> ({t("toMend", { count })})</span> : null}
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
