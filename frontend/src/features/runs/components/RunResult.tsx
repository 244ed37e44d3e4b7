import { useTranslation } from "react-i18next";
import { Card, Facts, LinkButton, Stack } from "@/components";
import type { Project, Run } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { TrainedVariants, trainedVariants } from "./TrainedVariants";

/** Where the fruit of a run is looked at. */
const NEXT: Partial<Record<Run["kind"], { to: string; label: string }>> = {
  predict: { to: "queue", label: "next.queue" },
  order_queue: { to: "queue", label: "next.queue" },
  bulk_items: { to: "queue", label: "next.queue" },
  retrain: { to: "models", label: "next.models" },
  import_model: { to: "models", label: "next.models" },
  export_model: { to: "models", label: "next.models" },
  benchmark: { to: "models/pareto", label: "next.pareto" },
};

type Fact = { name: string; value: string };

/** What people ask first; the database does not keep the order in which a job wrote its result. */
const FIRST = [
  "predicted",
  "already_predicted",
  "objects",
  "auto_accepted",
  "spot_checks",
  "queued",
  "empty",
  "problems",
  "number",
  "epochs",
  "best_epoch",
  "items",
  "images",
];

function inOrder([a]: [string, unknown], [b]: [string, unknown]): number {
  const place = (key: string) => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length);
  return place(a) - place(b) || a.localeCompare(b);
}

function factsOf(result: Record<string, unknown>, name: (key: string) => string, prefix = ""): Fact[] {
  return Object.entries(result)
    .sort(inOrder)
    .flatMap(([key, value]): Fact[] => {
      const label = prefix ? `${prefix} · ${name(key)}` : name(key);
      if (typeof value === "number" && key !== "id" && !key.endsWith("_id")) {
        return [{ name: label, value: formatNumber(value, Number.isInteger(value) ? 0 : 4) }];
      }
      if (typeof value === "string" && value.length < 40) return [{ name: label, value }];
      // What did not happen is not worth a line.
      if (value === true) return [{ name: label, value: name("yes") }];
      // One level down (before and after, the rule) is worth reading; what lies deeper has its own page.
      if (!prefix && typeof value === "object" && value !== null && !Array.isArray(value)) {
        return factsOf(value as Record<string, unknown>, name, name(key));
      }
      return [];
    });
}

export function RunResult({ project, run }: { project: Project; run: Run }) {
  const { t, i18n } = useTranslation("runs");
  const name = (key: string) =>
    i18n.exists(`runs:result.${key}`) ? t(`result.${key}`) : key.replaceAll("_", " ");
  const { variants: _, file: __, ...plain } = run.result ?? {};
  const facts = factsOf(plain, name);
  const trained = trainedVariants(run.result ?? {});
  const next = NEXT[run.kind];
  return (
    <Card
      title={t("resultTitle")}
      actions={
        next ? (
          <LinkButton to={`/projects/${project.id}/${next.to}`} variant="primary">
            {t(next.label)}
          </LinkButton>
        ) : null
      }
    >
      <Stack>
        {facts.length ? <Facts facts={facts} /> : null}
        {trained.length ? <TrainedVariants rows={trained} /> : null}
        {facts.length || trained.length ? null : <p className="muted">{t("noResult")}</p>}
      </Stack>
    </Card>
  );
}
