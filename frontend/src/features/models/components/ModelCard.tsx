import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Button, Card, DownloadButton, Table } from "@/components";
import type { ModelVariant, ModelVersion, Project } from "@/lib/api";
import { formatAgo } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { DeployDialog } from "./DeployDialog";
import styles from "./Models.module.css";
import { variantColumns } from "./variantColumns";

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
  const fullName = `${model.name} v${model.number}`;
  const whyNot = (variant: ModelVariant): string | null => {
    if (variant.deployed) return t("isDeployed");
    return reason("deploy") ?? (variant.gate?.verdict === "refuse" ? t("gate.refusedReason") : null);
  };
  const actions = (variant: ModelVariant) => (
    <span className={styles.actions}>
      <DownloadButton size="s" href={`/api/variants/${variant.id}/download/`}>
        {t("common:action.download")}
      </DownloadButton>
      <Button size="s" reason={whyNot(variant)} onClick={() => setDeploying(variant)}>
        {t("deploy.open")}
      </Button>
    </span>
  );
  const columns = variantColumns(t, { variants: model.variants, taskType: project.task_type, actions });

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
          caption={t("variantsOf", { name: fullName })}
          columns={columns}
          rows={model.variants}
          rowKey={({ id }) => id}
        />
      )}
      {deploying ? (
        <DeployDialog
          project={project}
          variant={deploying}
          name={`${fullName} ${deploying.precision}`}
          onClose={() => setDeploying(null)}
        />
      ) : null}
    </Card>
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
