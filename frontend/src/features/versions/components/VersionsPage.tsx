import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, type Column, EmptyState, LinkButton, Loaded, Page, Swatch, Table } from "@/components";
import type { DatasetVersion, LabelClass, Project } from "@/lib/api";
import { className, formatAgo, formatNumber, formatTime } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { useProject, useVersions } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { FreezeDialog } from "./FreezeDialog";
import styles from "./Versions.module.css";

export function VersionsPage() {
  const project = useProject(useProjectId());
  return <Loaded query={project}>{(data) => <Versions project={data} />}</Loaded>;
}

function Versions({ project }: { project: Project }) {
  const { t } = useTranslation("versions");
  const { reason, can } = usePermissions(project);
  const versions = useVersions(project.id);
  const [freezing, setFreezing] = useState(false);
  const freeze = (
    <Button
      variant="primary"
      reason={reason("freeze") ?? (project.counts.reviewed === 0 ? t("nothing") : null)}
      onClick={() => setFreezing(true)}
    >
      {t("freeze.open")}
    </Button>
  );
  return (
    <Page title={t("title")} about={t("about")} actions={freeze}>
      <Loaded query={versions}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState title={t("empty.title")} reason={t("empty.reason")} action={freeze} />
          ) : (
            <Table
              caption={t("title")}
              columns={columnsOf(t, project, can("train"))}
              rows={rows}
              rowKey={(version) => version.id}
            />
          )
        }
      </Loaded>
      {freezing ? <FreezeDialog project={project} onClose={() => setFreezing(false)} /> : null}
    </Page>
  );
}

function columnsOf(
  t: ReturnType<typeof useTranslation<"versions">>["t"],
  project: Project,
  mayTrain: boolean,
): Column<DatasetVersion>[] {
  return [
    {
      key: "number",
      header: t("column.version"),
      cell: ({ number }) => <strong className="num">v{number}</strong>,
    },
    {
      key: "note",
      header: t("column.note"),
      grow: true,
      cell: (version) => (
        <>
          <div>{version.note || <span className="muted">{t("noNote")}</span>}</div>
          {version.include_auto ? (
            <div className={styles.small}>{t("withAuto", { n: formatNumber(version.counts.auto ?? 0) })}</div>
          ) : null}
          <PerClass counts={version.counts.per_class} labels={project.classes} />
        </>
      ),
    },
    {
      key: "items",
      header: t("column.items"),
      numeric: true,
      cell: ({ counts }) => formatNumber(counts.items),
    },
    {
      key: "splits",
      header: t("column.splits"),
      numeric: true,
      cell: ({ counts }) => [counts.train, counts.val, counts.test].map((n) => formatNumber(n)).join(" / "),
    },
    {
      key: "objects",
      header: t("column.objects"),
      numeric: true,
      cell: ({ counts }) => formatNumber(counts.objects),
    },
    {
      key: "at",
      header: t("column.frozen"),
      cell: (version) => (
        <span className={styles.at} title={formatTime(version.created_at)}>
          {formatAgo(version.created_at)}
          <span className={styles.small}>{version.created_by_name || t("system")}</span>
        </span>
      ),
    },
    {
      key: "train",
      header: <span className="visually-hidden">{t("column.actions")}</span>,
      numeric: true,
      cell: ({ id }) =>
        mayTrain ? (
          <LinkButton size="s" to={`/projects/${project.id}/models?retrain=1&version=${id}`}>
            {t("train")}
          </LinkButton>
        ) : null,
    },
  ];
}

function PerClass({ counts, labels }: { counts: Record<string, number>; labels: LabelClass[] }) {
  const known = labels.filter(({ id }) => (counts[String(id)] ?? 0) > 0);
  return (
    <div className={styles.classes}>
      {known.slice(0, 8).map((label) => (
        <span key={label.id}>
          <Swatch color={label.color}>{className(label)}</Swatch>{" "}
          <span className="num">{formatNumber(counts[String(label.id)])}</span>
        </span>
      ))}
      {known.length > 8 ? <span>+{known.length - 8}</span> : null}
    </div>
  );
}
