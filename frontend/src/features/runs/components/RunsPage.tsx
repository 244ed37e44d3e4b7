import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import {
  type Column,
  EmptyState,
  Loaded,
  Page,
  RunBadge,
  RunProgress,
  Select,
  Stack,
  Table,
} from "@/components";
import type { Run } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { formatAgo, formatDuration, formatTime } from "@/lib/format";
import { useProjectId } from "@/lib/useProjectId";
import { useRuns } from "../api";
import styles from "./Runs.module.css";

const KINDS: Run["kind"][] = [
  "import_dataset",
  "predict",
  "retrain",
  "compress",
  "export_model",
  "benchmark",
  "import_model",
  "order_queue",
  "find_similar",
  "export_dataset",
  "bulk_items",
];
const STATES: Run["state"][] = ["queued", "running", "succeeded", "failed", "cancelled"];

export function RunsPage() {
  const { t } = useTranslation("runs");
  const projectId = useProjectId();
  const [search, setSearch] = useSearchParams();
  const filter = { kind: search.get("kind") ?? "", state: search.get("state") ?? "" };
  const runs = useRuns(projectId, filter);
  const set = (name: string, value: string) =>
    setSearch(
      (current) => {
        const next = new URLSearchParams(current);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  const filtered = Boolean(filter.kind || filter.state);

  const columns: Column<Run>[] = [
    {
      key: "kind",
      header: t("column.run"),
      cell: (run) => (
        <Link to={`/projects/${projectId}/runs/${run.id}`} className={styles.name}>
          {t(`common:run.kind.${run.kind}`)} <span className="muted num">#{run.id}</span>
        </Link>
      ),
    },
    { key: "state", header: t("column.state"), cell: (run) => <RunBadge run={run} /> },
    {
      key: "progress",
      header: t("column.progress"),
      grow: true,
      cell: (run) =>
        run.error ? (
          <span className={styles.error}>{errorText(run.error)}</span>
        ) : (
          <RunProgress run={run} compact />
        ),
    },
    {
      key: "by",
      header: t("column.by"),
      short: true,
      cell: (run) => <span title={run.created_by?.name}>{run.created_by?.name ?? t("system")}</span>,
    },
    {
      key: "at",
      header: t("column.at"),
      cell: (run) => (
        <span className={styles.nowrap} title={formatTime(run.created_at)}>
          {formatAgo(run.created_at)}
        </span>
      ),
    },
    { key: "took", header: t("column.took"), numeric: true, cell: (run) => formatDuration(tookSeconds(run)) },
  ];

  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={
        <>
          <Select
            aria-label={t("filter.kind")}
            value={filter.kind}
            onChange={(event) => set("kind", event.target.value)}
          >
            <option value="">{t("filter.allKinds")}</option>
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {t(`common:run.kind.${kind}`)}
              </option>
            ))}
          </Select>
          <Select
            aria-label={t("filter.state")}
            value={filter.state}
            onChange={(event) => set("state", event.target.value)}
          >
            <option value="">{t("filter.allStates")}</option>
            {STATES.map((state) => (
              <option key={state} value={state}>
                {t(`common:run.state.${state}`)}
              </option>
            ))}
          </Select>
        </>
      }
    >
      <Stack>
        <Loaded query={runs}>
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState
                title={t(filtered ? "empty.filtered" : "empty.title")}
                reason={t(filtered ? "empty.filteredReason" : "empty.reason")}
              />
            ) : (
              <Table caption={t("title")} columns={columns} rows={rows} rowKey={(run) => run.id} />
            )
          }
        </Loaded>
      </Stack>
    </Page>
  );
}

/** How long the run worked, up to now while it goes on; null before it began. */
export function tookSeconds(run: Pick<Run, "started_at" | "finished_at">, now = Date.now()): number | null {
  if (!run.started_at) return null;
  const end = run.finished_at ? new Date(run.finished_at).getTime() : now;
  return Math.max(0, (end - new Date(run.started_at).getTime()) / 1000);
}
