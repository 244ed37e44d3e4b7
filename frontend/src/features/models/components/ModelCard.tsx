import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card, LinkButton, Row, Table } from "@/components";
import type { ModelVariant, ModelVersion, Project } from "@/lib/api";
import { formatAgo } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import styles from "./Models.module.css";
import { VariantActions } from "./VariantActions";
import { variantColumns } from "./variantColumns";

interface ModelCardProps {
  model: ModelVersion;
  all: ModelVersion[];
  project: Project;
}

export function ModelCard({ model, all, project }: ModelCardProps) {
  const { t } = useTranslation("models");
  const { can } = usePermissions(project);
  const parent = all.find(({ id }) => id === model.parent_id);
  const fullName = `${model.name} v${model.number}`;
  const actions = (variant: ModelVariant) => (
    <VariantActions project={project} variant={variant} name={`${fullName} ${variant.precision}`} />
  );
  const columns = variantColumns(t, {
    variants: model.variants,
    projectId: project.id,
    taskType: project.task_type,
    reports: `/projects/${project.id}/models/variants`,
    actions,
  });
  const draft = encodeURIComponent(JSON.stringify({ model: String(model.id) }));

  return (
    <Card
      title={
        <>
          {model.name} <span className="muted num">v{model.number}</span>
        </>
      }
      about={<Origin model={model} parent={parent} project={project} />}
      actions={
        <Row>
          <span className="muted">{formatAgo(model.created_at)}</span>
          {can("train") ? (
            <LinkButton size="s" to={`/projects/${project.id}/models/compress?draft=${draft}`}>
              {t("compress.this")}
              <span className="visually-hidden"> {fullName}</span>
            </LinkButton>
          ) : null}
        </Row>
      }
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
