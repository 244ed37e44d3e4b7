import { useTranslation } from "react-i18next";
import { Badge, Card, type Column, LinkButton, Row, Stack, Table, type Tone } from "@/components";
import type { Advice, CompressResult, Project, ResultRow, Run, RunEvent } from "@/lib/api";
import { formatBytes, formatChange, formatNumber, formatShare } from "@/lib/format";
import { useAdviceText, useResultName } from "../said";
import styles from "./Runs.module.css";
import { Steps } from "./Steps";
import { Trials } from "./Trials";

interface CompressedProps {
  project: Project;
  run: Run;
  events: RunEvent[];
}

/** What a compression has come to: its outcome once it ended, its steps and trials while it goes on. */
export function Compressed({ project, run, events }: CompressedProps) {
  const result = run.result as CompressResult | null;
  return (
    <>
      {result ? <Outcome project={project} result={result} /> : null}
      {run.params.search ? null : <Steps projectId={project.id} run={run} events={events} />}
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
  const adviceText = useAdviceText(project.id);
  const { best_variant_id: best, targets_met: met, unjudged = [], advice = [], table = [] } = result;
  const verdict = met === undefined ? (unjudged.length > 0 ? "unjudged" : null) : met ? "met" : "missed";
  const ids = variantIds(result).map((id) => `v${id}`);
  const models = `/projects/${project.id}/models`;
  const search = new URLSearchParams({ new: ids.join(","), ...(best ? { selected: `v${best}` } : {}) });
  return (
    <Card
      title={t("resultTitle")}
      about={
        verdict === null ? undefined : <Badge tone={met ? "good" : "warn"}>{t(`compress.${verdict}`)}</Badge>
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
              <AdviceLine key={`${one.code}-${one.text}`} severity={one.severity}>
                {adviceText(one)}
              </AdviceLine>
            ))}
          </ul>
        ) : null}
      </Stack>
    </Card>
  );
}

const TONES: Record<string, Tone> = { info: "info", warn: "warn", warning: "warn", bad: "bad", error: "bad" };

function AdviceLine({ severity, children }: { severity: Advice["severity"]; children: string }) {
  const { t } = useTranslation("runs");
  return (
    <li>
      <Badge tone={TONES[severity] ?? "neutral"}>
        {t(`severity.${severity}`, { defaultValue: severity })}
      </Badge>
      <span>{children}</span>
    </li>
  );
}

function FinalTable({ rows }: { rows: ResultRow[] }) {
  const { t } = useTranslation("runs");
  const named = useResultName();
  const times = (value: number | null | undefined) => (value ? `${formatNumber(value, 1)}×` : "–");
  const columns: Column<ResultRow>[] = [
    {
      key: "name",
      header: t("trained.variant"),
      grow: true,
      cell: ({ name }) => <strong>{named(name)}</strong>,
    },
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
