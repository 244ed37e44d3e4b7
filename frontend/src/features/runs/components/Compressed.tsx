import { useTranslation } from "react-i18next";
import { Badge, Card, type Column, LinkButton, Row, Stack, Table, type Tone } from "@/components";
import type { Advice, CompressResult, Project, ResultRow, Run, RunEvent } from "@/lib/api";
import { formatBytes, formatChange, formatNumber, formatShare } from "@/lib/format";
import { stepResults } from "../stepResults";
import styles from "./Runs.module.css";
import { StepsTable } from "./StepsTable";
import { Trials } from "./Trials";

interface CompressedProps {
  project: Project;
  run: Run;
  events: RunEvent[];
}

/** What a compression has come to: its outcome once it ended, its steps and trials while it goes on. */
export function Compressed({ project, run, events }: CompressedProps) {
  const steps = stepResults(events);
  const result = run.result as CompressResult | null;
  return (
    <>
      {result ? <Outcome project={project} result={result} /> : null}
      {steps.length && !run.params.search ? <StepsTable steps={steps} /> : null}
      <Trials run={run} projectId={project.id} />
    </>
  );
}

function variantIds({ variants = [], front = [], best_variant_id: best }: CompressResult): number[] {
  const ids = variants.map(({ id, variant_id }) => variant_id ?? id).filter((id) => typeof id === "number");
  return [...new Set([...ids, ...front, ...(best ? [best] : [])])];
}

function Outcome({ project, result }: { project: Project; result: CompressResult }) {
  const { t } = useTranslation("runs");
  const { best_variant_id: best, targets_met: met, advice = [], table = [] } = result;
  const ids = variantIds(result).map((id) => `v${id}`);
  const models = `/projects/${project.id}/models`;
  const search = new URLSearchParams({ new: ids.join(","), ...(best ? { selected: `v${best}` } : {}) });
  return (
    <Card
      title={t("resultTitle")}
      about={
        met === undefined ? undefined : (
          <Badge tone={met ? "good" : "warn"}>{t(met ? "compress.met" : "compress.missed")}</Badge>
        )
      }
      actions={
        <Row>
          {best ? <LinkButton to={`${models}/variants/${best}`}>{t("compress.report")}</LinkButton> : null}
          <LinkButton to={models}>{t("next.models")}</LinkButton>
          <LinkButton variant="primary" to={`${models}/pareto?${search}`}>
            {t("next.pareto")}
          </LinkButton>
        </Row>
      }
    >
      <Stack>
        {table.length ? <FinalTable rows={table} /> : null}
        {advice.length ? (
          <ul className={styles.advice}>
            {advice.map((one) => (
              <AdviceLine key={`${one.code}-${one.text}`} advice={one} />
            ))}
          </ul>
        ) : null}
      </Stack>
    </Card>
  );
}

const TONES: Record<string, Tone> = { info: "info", warn: "warn", warning: "warn", bad: "bad", error: "bad" };

/** The server says it in English with names and numbers; another language translates its code where it can. */
function AdviceLine({ advice }: { advice: Advice }) {
  const { t, i18n } = useTranslation("runs");
  const { code, severity, text, values } = advice;
  // Names of steps and splits are words of the language as well.
  const named = {
    ...shortened(values),
    ...(typeof values?.step === "string"
      ? { step: t(`common:run.stepName.${values.step}`, { defaultValue: values.step }) }
      : {}),
    ...(typeof values?.split === "string"
      ? { split: t(`split.${values.split}`, { defaultValue: values.split }) }
      : {}),
  };
  const said = i18n.language === "en" ? text : t(`advice.${code}`, { ...named, defaultValue: text });
  return (
    <li>
      <Badge tone={TONES[severity] ?? "neutral"}>
        {t(`severity.${severity}`, { defaultValue: severity })}
      </Badge>
      <span>{said}</span>
    </li>
  );
}

/** Numbers as people read them. */
function shortened(values: Record<string, unknown> = {}): Record<string, unknown> {
  const short = (value: unknown) =>
    typeof value === "number" && !Number.isInteger(value) ? formatNumber(value, 3) : value;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, short(value)]));
}

function FinalTable({ rows }: { rows: ResultRow[] }) {
  const { t } = useTranslation("runs");
  const times = (value: number | null | undefined) => (value ? `${formatNumber(value, 1)}×` : "–");
  const columns: Column<ResultRow>[] = [
    { key: "name", header: t("trained.variant"), grow: true, cell: ({ name }) => <strong>{name}</strong> },
    {
      key: "size",
      header: t("trained.size"),
      numeric: true,
      cell: ({ size_bytes }) => formatBytes(size_bytes),
    },
    { key: "ratio", header: t("compress.ratio"), numeric: true, cell: ({ ratio }) => times(ratio) },
    {
      key: "metric",
      header: t("trained.metric"),
      numeric: true,
      cell: ({ metric }) => formatShare(metric, 1),
    },
    {
      key: "drop",
      header: t("compress.change"),
      numeric: true,
      cell: ({ drop }) => (typeof drop === "number" ? formatChange(-drop) : "–"),
    },
    {
      key: "latency",
      header: t("compress.latency"),
      numeric: true,
      cell: ({ latency_p20_ms: ms }) => (typeof ms === "number" ? `${formatNumber(ms, 1)} ms` : "–"),
    },
    {
      key: "eager",
      header: t("compress.eager"),
      numeric: true,
      cell: ({ speedup_eager }) => times(speedup_eager),
    },
    {
      key: "best",
      header: t("compress.best"),
      numeric: true,
      cell: ({ speedup_best }) => times(speedup_best),
    },
  ];
  return <Table caption={t("compress.table")} columns={columns} rows={rows} rowKey={({ name }) => name} />;
}
