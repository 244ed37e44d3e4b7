import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card, type Column, DownloadButton, Loaded, RunBadge, Table } from "@/components";
import type { Project, Run } from "@/lib/api";
import { formatAgo, formatBytes, formatTime } from "@/lib/format";
import { useRunsOfKind } from "../api";
import { FORMATS } from "../formats";

interface RunListProps {
  project: Project;
  kind: "import_dataset" | "export_dataset";
  title: string;
}

/** The imports or exports so far. */
export function RunList({ project, kind, title }: RunListProps) {
  const { t } = useTranslation("datasets");
  const runs = useRunsOfKind(project.id, kind);
  const columns: Column<Run>[] = [
    {
      key: "name",
      header: t("runs.what"),
      grow: true,
      cell: (run) => (
        <Link to={`/projects/${project.id}/runs/${run.id}`}>{nameOf(run, t("runs.dryRun"))}</Link>
      ),
    },
    { key: "state", header: t("runs.state"), cell: (run) => <RunBadge run={run} /> },
    {
      key: "by",
      header: t("runs.by"),
      short: true,
      cell: (run) => <span title={run.created_by?.name}>{run.created_by?.name ?? "–"}</span>,
    },
    {
      key: "at",
      header: t("runs.at"),
      short: true,
      cell: (run) => <span title={formatTime(run.created_at)}>{formatAgo(run.created_at)}</span>,
    },
  ];
  if (kind === "export_dataset") {
    columns.push({
      key: "download",
      header: t("runs.file"),
      numeric: true,
      cell: (run) => <Download run={run} />,
    });
  }
  return (
    <Card title={title}>
      <Loaded query={runs}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="muted">{t(kind === "import_dataset" ? "runs.noImports" : "runs.noExports")}</p>
          ) : (
            <Table caption={title} columns={columns} rows={rows} rowKey={(run) => run.id} />
          )
        }
      </Loaded>
    </Card>
  );
}

function nameOf(run: Run, dryRun: string): string {
  const { source, dataset, format, dry_run } = run.params;
  const slug = typeof format === "string" ? format : "";
  const name =
    (typeof dataset === "string" && dataset) ||
    (typeof source === "object" && source !== null && "name" in source && String(source.name)) ||
    FORMATS.find((known) => known.slug === slug)?.name ||
    `#${run.id}`;
  return dry_run ? `${name} (${dryRun})` : name;
}

function Download({ run }: { run: Run }) {
  const { t } = useTranslation("datasets");
  const file = run.result?.file as { size_bytes?: number } | undefined;
  if (run.state !== "succeeded" || !file) return <>–</>;
  return (
    <DownloadButton size="s" href={`/api/runs/${run.id}/download/`}>
      {t("common:action.download")} ({formatBytes(file.size_bytes)})
    </DownloadButton>
  );
}
