import { useTranslation } from "react-i18next";
import { Badge, Card, Stack } from "@/components";
import type { CompressResult, Run, RunEvent } from "@/lib/api";
import { useSource } from "../api";
import { type Attempt, attemptsOf } from "../stepResults";
import styles from "./Runs.module.css";
import { type SourceModel, StepsTable } from "./StepsTable";

/** The plan that the result came from: known by its size, where only one ended with just that. */
function chosenOf(attempts: Attempt[], result: CompressResult | null): number | null {
  const size = result?.variants?.find(({ id }) => id === result.best_variant_id)?.size_bytes;
  const same = attempts.filter(({ whole, steps }) => whole && steps.at(-1)?.size_bytes === size);
  return same.length === 1 ? (same[0]?.number ?? null) : null;
}

interface StepsProps {
  projectId: number;
  run: Run;
  events: RunEvent[];
}

/** The latest plan step by step from its source on; the ones before it, which missed a budget, fold out. */
export function Steps({ projectId, run, events }: StepsProps) {
  const { t } = useTranslation("runs");
  const source = useSource(projectId, run);
  const attempts = attemptsOf(events);
  const latest = attempts.at(-1);
  if (!latest) return null;
  const earlier = attempts.slice(0, -1);
  const chosen = earlier.length ? chosenOf(attempts, run.result as CompressResult | null) : null;
  return (
    <Card title={t("steps.title")} about={t("steps.about")}>
      <Stack>
        {earlier.length ? <AttemptHead attempt={latest} chosen={chosen} /> : null}
        <StepsTable caption={t("steps.title")} source={source} steps={latest.steps} />
        {earlier.length ? <Earlier attempts={earlier} source={source} chosen={chosen} /> : null}
      </Stack>
    </Card>
  );
}

interface EarlierProps {
  attempts: Attempt[];
  source: SourceModel | null;
  chosen: number | null;
}

function Earlier({ attempts, source, chosen }: EarlierProps) {
  const { t } = useTranslation("runs");
  return (
    // What was taken should not have to be looked for.
    <details className={styles.earlier} open={attempts.some(({ number }) => number === chosen) || undefined}>
      <summary>{t("steps.earlier", { count: attempts.length })}</summary>
      <Stack>
        {attempts.toReversed().map((attempt) => (
          <div key={attempt.number} className={styles.attempt}>
            <AttemptHead attempt={attempt} chosen={chosen} failed={!attempt.whole} />
            <StepsTable
              caption={t("steps.planCaption", { n: attempt.number })}
              source={source}
              steps={attempt.steps}
            />
          </div>
        ))}
      </Stack>
    </details>
  );
}

interface AttemptHeadProps {
  attempt: Attempt;
  chosen: number | null;
  failed?: boolean;
}

function AttemptHead({ attempt: { number }, chosen, failed = false }: AttemptHeadProps) {
  const { t } = useTranslation("runs");
  return (
    <h3 className={styles.badges}>
      {t("steps.plan", { n: number })}
      {number === chosen ? <Badge tone="good">{t("steps.chosen")}</Badge> : null}
      {failed ? <Badge>{t("steps.unfinished")}</Badge> : null}
    </h3>
  );
}
