import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Button, Card, Field, FormError, Input, Row, Select, Stack } from "@/components";
import type { Project } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { isFinished, useRun } from "@/lib/queries";
import { type QueueTold, useOrderQueue } from "../api";
import styles from "./Queue.module.css";

const LEAST = 3;
const MOST = 1000;
const RULES = ["max", "sum", "mean"] as const;

/** By what the queue is ordered. A change needs no model: what the last pre-labelling stored is enough. */
export function OrderCard({ project, told }: { project: Project; told: QueueTold }) {
  const { t } = useTranslation("queue");
  const { reason } = usePermissions(project);
  const [strategy, setStrategy] = useState(told.order.strategy);
  const [budget, setBudget] = useState(String(told.order.budget));
  const [rule, setRule] = useState(told.order.rule);
  const order = useOrderQueue(project.id);
  const run = useRun(order.data?.id ?? null);
  const running = order.data !== undefined && !(run.data && isFinished(run.data.run));
  const outside = /^\d+$/.test(budget) && Number(budget) >= LEAST && Number(budget) <= MOST;
  const problem = outside ? null : t("order.range", { least: LEAST, most: MOST });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!problem) order.mutate({ strategy, budget: Number(budget), rule });
  };
  const { last } = told.order;
  return (
    <Card title={t("order.title")} about={t("order.about")}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <div className={styles.order}>
            <Field label={t("order.strategy")} hint={t(`strategy.${strategy}.about`)}>
              {(field) => (
                <Select {...field} value={strategy} onChange={(event) => setStrategy(event.target.value)}>
                  {told.strategies.map(({ slug }) => (
                    <option key={slug} value={slug}>
                      {t(`strategy.${slug}.title`)}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <Field label={t("order.budget")} hint={t("order.budgetHint")} error={problem}>
              {(field) => (
                <Input
                  {...field}
                  type="number"
                  min={LEAST}
                  max={MOST}
                  value={budget}
                  onChange={(event) => setBudget(event.target.value)}
                />
              )}
            </Field>
            {project.task_type === "image_classification" ? null : (
              <Field label={t("order.rule")} hint={t("order.ruleHint")}>
                {(field) => (
                  <Select {...field} value={rule} onChange={(event) => setRule(event.target.value)}>
                    {RULES.map((name) => (
                      <option key={name} value={name}>
                        {t(`order.rules.${name}`)}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
            )}
          </div>
          <FormError error={order.error} />
          {last.without?.map((thing) => (
            <p key={thing}>{t(`order.without.${thing}`)}</p>
          ))}
          {told.flat ? <p role="note">{t("order.flat", flatText(told.flat))}</p> : null}
          <Row>
            <Button type="submit" busy={order.isPending || running} reason={reason("manage_items")}>
              {t("order.start")}
            </Button>
            {order.data ? (
              <Link to={`/projects/${project.id}/runs/${order.data.id}`}>{t("order.run")}</Link>
            ) : null}
            {last.chosen === undefined ? null : (
              <span className="muted">{t("order.last", { n: formatNumber(last.chosen) })}</span>
            )}
          </Row>
        </Stack>
      </form>
    </Card>
  );
}

function flatText(flat: NonNullable<QueueTold["flat"]>) {
  return {
    from: formatNumber(flat.labels_from),
    to: formatNumber(flat.labels_to),
    points: formatNumber(flat.gain * 100, 1),
  };
}
