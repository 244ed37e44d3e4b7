import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Button, Card, Field, FormError, Input, RadioCards, Stack } from "@/components";
import { errorText } from "@/lib/errorText";
import { randomUuid } from "@/lib/uuid";
import { useEstimate, useStartCompress } from "../api";
import type { WizardStep } from "../draft";
import { orderOf } from "../order";
import { type Problem, refusalProblems, stepOfField } from "../problems";
import styles from "./Compress.module.css";
import { Costs } from "./Costs";
import { useProblemText } from "./Notes";
import { StepFoot } from "./StepFoot";
import { Summary } from "./Summary";
import type { StepProps } from "./wizard";

interface ReviewStepProps extends StepProps {
  onStep: (step: WizardStep) => void;
  back: { label: string; onClick: () => void } | null;
}

/** 5: everything once more in plain words, what it costs, and what still keeps it from starting. */
export function ReviewStep({ project, options, draft, problems, onChange, onStep, back }: ReviewStepProps) {
  const { t } = useTranslation("compress");
  const navigate = useNavigate();
  const order = useMemo(() => orderOf(draft), [draft]);
  // One key for one order: a double click, or a second try after a lost answer, still makes one run.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another order is another run
  const key = useMemo(() => randomUuid(), [JSON.stringify(order)]);
  const start = useStartCompress(project.id, key);
  const estimate = useEstimate(project.id, problems.length ? null : order);
  const told: Problem[] = (estimate.data?.problems ?? []).map(({ field, message, code }) => ({
    step: stepOfField(field),
    field,
    message: errorText({ code: code ?? "", message }),
  }));
  const refused = refusalProblems(start.error ?? estimate.error);
  const all = distinct([...problems, ...told, ...refused]);
  const blocked = all.length > 0 && start.error === null ? t("review.blocked", { count: all.length }) : null;
  const submit = () => {
    if (blocked || start.isPending || start.isSuccess) return;
    start.mutate(order, { onSuccess: (run) => navigate(`/projects/${project.id}/runs/${run.id}`) });
  };
  return (
    <>
      <Stack>
        <Card title={t("review.title")} about={t("review.about")}>
          <Stack gap="l">
            <Summary project={project} options={options} draft={draft} onStep={onStep} />
            <Problems problems={all} onStep={onStep} />
          </Stack>
        </Card>
        <Card title={t("review.costs")}>
          <Stack gap="l">
            <Costs options={options} draft={draft} estimate={estimate.data} waiting={estimate.isFetching} />
            <RadioCards
              legend={t("review.queue")}
              value={draft.queue}
              onChange={(queue) => onChange({ queue })}
              cards={[
                {
                  value: "cpu",
                  title: t("review.cpu"),
                  about: t("review.waiting", { count: options.queues.cpu.waiting }),
                },
                {
                  value: "gpu",
                  title: t("review.gpu"),
                  about: options.queues.gpu.online
                    ? t("review.waiting", { count: options.queues.gpu.waiting })
                    : t("review.noGpu"),
                  disabled: !options.queues.gpu.online && draft.queue !== "gpu",
                },
              ]}
            />
            <details className={styles.more}>
              <summary>{t("review.more")}</summary>
              <div className={styles.fields}>
                {(["minutes", "seed"] as const).map((name) => (
                  <Field key={name} label={t(`review.${name}`)} hint={t(`review.${name}Hint`)}>
                    {(field) => (
                      <Input
                        {...field}
                        type="number"
                        min={0}
                        step={name === "seed" ? 1 : "any"}
                        placeholder={t("plan.noLimit")}
                        value={draft[name]}
                        onChange={(event) => onChange({ [name]: event.target.value })}
                      />
                    )}
                  </Field>
                ))}
              </div>
            </details>
          </Stack>
        </Card>
        {refused.length ? null : <FormError error={start.error ?? estimate.error} />}
      </Stack>
      <StepFoot back={back}>
        <Button variant="primary" busy={start.isPending || start.isSuccess} reason={blocked} onClick={submit}>
          {t("review.start")}
        </Button>
      </StepFoot>
    </>
  );
}

/** The server repeats what the browser has found: each field is listed once. */
function distinct(problems: Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ field }) => !seen.has(field) && seen.add(field));
}

function Problems({ problems, onStep }: { problems: Problem[]; onStep: (step: WizardStep) => void }) {
  const { t } = useTranslation("compress");
  const text = useProblemText();
  if (problems.length === 0) return null;
  return (
    <div className={styles.problems} role="alert">
      <strong>{t("review.problems", { count: problems.length })}</strong>
      <ul>
        {problems.map((problem) => (
          <li key={problem.field}>
            {text(problem)}{" "}
            {problem.step === "review" ? null : (
              <button type="button" className={styles.link} onClick={() => onStep(problem.step)}>
                {t("review.mend", { step: t(`step.${problem.step}`) })}
              </button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
