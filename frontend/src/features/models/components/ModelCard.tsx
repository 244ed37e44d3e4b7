import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Badge, Button, Card, type Column, DownloadButton, Table } from "@/components";
import type { ModelVariant, ModelVersion, Project } from "@/lib/api";
import { formatAgo, formatBytes, formatNumber, formatShare } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { mainMetric, relativeChange } from "../measures";
import { DeployDialog } from "./DeployDialog";
import { Gate } from "./Gate";
import styles from "./Models.module.css";

interface ModelCardProps {
  model: ModelVersion;
  all: ModelVersion[];
  project: Project;
}

export function ModelCard({ model, all, project }: ModelCardProps) {
  const { t } = useTranslation("models");
  const { reason } = usePermissions(project);
  const [deploying, setDeploying] = useState<ModelVariant | null>(null);
  const parent = all.find(({ id }) => id === model.parent_id);
  const whole = model.variants.find(({ precision }) => precision === "fp32");
  const metrics = [...new Set(model.variants.flatMap(({ metrics: own }) => numericKeys(own)))];
  const main = mainMetric(project.task_type);
  const shown = [main, ...metrics.filter((name) => name !== main)]
    .filter((name) => metrics.includes(name))
    .slice(0, 3);

  const columns: Column<ModelVariant>[] = [
    {
      key: "precision",
      header: t("column.variant"),
      cell: (variant) => (
        <span className={styles.variant}>
          <span>
            <strong>{variant.precision}</strong> <span className="muted">{variant.format}</span>
          </span>
          {variant.deployed ? <Badge tone="good">{t("deployed")}</Badge> : null}
        </span>
      ),
    },
    {
      key: "size",
      header: t("column.size"),
      numeric: true,
      cell: (variant) => (
        <Measure
          value={formatBytes(variant.size_bytes)}
          change={relativeChange(variant.size_bytes, whole?.size_bytes)}
        />
      ),
    },
    {
      key: "latency",
      header: <span title={t("column.latencyHint")}>{t("column.latency")}</span>,
      numeric: true,
      cell: (variant) =>
        variant.latency?.p20_ms === undefined ? (
          <span className="muted">{t("notMeasured")}</span>
        ) : (
          <span title={variant.latency.device}>
            <Measure
              value={`${formatNumber(variant.latency.p20_ms, 1)} / ${formatNumber(variant.latency.p50_ms, 1)} ms`}
              change={relativeChange(variant.latency.p20_ms, whole?.latency?.p20_ms)}
            />
          </span>
        ),
    },
    ...shown.map(
      (name): Column<ModelVariant> => ({
        key: name,
        header: t(`metric.${name}`, { defaultValue: name }),
        numeric: true,
        cell: ({ metrics: own }) => {
          const value = own?.[name];
          return typeof value === "number" ? formatShare(value, 1) : <span className="muted">–</span>;
        },
      }),
    ),
    { key: "gate", header: t("column.gate"), grow: true, cell: (variant) => <Gate gate={variant.gate} /> },
    {
      key: "actions",
      header: <span className="visually-hidden">{t("column.actions")}</span>,
      numeric: true,
      cell: (variant) => (
        <span className={styles.actions}>
          <DownloadButton size="s" href={`/api/variants/${variant.id}/download/`}>
            {t("common:action.download")}
          </DownloadButton>
          <Button
            size="s"
            reason={whyNot(variant, reason("deploy"), t("isDeployed"), t("gate.refusedReason"))}
            onClick={() => setDeploying(variant)}
          >
            {t("deploy.open")}
          </Button>
        </span>
      ),
    },
  ];

  return (
    <Card
      title={
        <>
          {model.name} <span className="muted num">v{model.number}</span>
        </>
      }
      about={<Origin model={model} parent={parent} project={project} />}
      actions={<span className="muted">{formatAgo(model.created_at)}</span>}
    >
      {model.variants.length === 0 ? (
        <p className="muted">{t("noVariants")}</p>
      ) : (
        <Table
          caption={t("variantsOf", { name: `${model.name} v${model.number}` })}
          columns={columns}
          rows={model.variants}
          rowKey={({ id }) => id}
        />
      )}
      {deploying ? (
        <DeployDialog
          project={project}
          variant={deploying}
          name={`${model.name} v${model.number} ${deploying.precision}`}
          onClose={() => setDeploying(null)}
        />
      ) : null}
    </Card>
  );
}

function numericKeys(metrics: ModelVariant["metrics"]): string[] {
  return Object.entries(metrics ?? {}).flatMap(([name, value]) => (typeof value === "number" ? [name] : []));
}

function whyNot(
  variant: ModelVariant,
  role: string | null,
  deployed: string,
  refused: string,
): string | null {
  if (role) return role;
  if (variant.deployed) return deployed;
  return variant.gate?.verdict === "refuse" ? refused : null;
}

function Measure({ value, change }: { value: string; change: number | null }) {
  return (
    <span className={styles.measure}>
      {value}
      {change === null ? null : (
        <span className={change < 0 ? styles.better : styles.worse}>
          {change > 0 ? "+" : "−"}
          {formatShare(Math.abs(change))}
        </span>
      )}
    </span>
  );
}

function Origin({
  model,
  parent,
  project,
}: {
  model: ModelVersion;
  parent?: ModelVersion;
  project: Project;
}) {
  const { t } = useTranslation("models");
  const run = model.run_id;
  return (
    <span className={styles.origin}>
      <span>{model.arch}</span>
      {parent ? <span>{t("origin.parent", { name: `${parent.name} v${parent.number}` })}</span> : null}
      {model.dataset_version ? (
        <Link to={`/projects/${project.id}/versions`}>
          {t("origin.version", { number: model.dataset_version.number })}
        </Link>
      ) : null}
      {run ? <Link to={`/projects/${project.id}/runs/${run}`}>{t("origin.run", { id: run })}</Link> : null}
    </span>
  );
}
