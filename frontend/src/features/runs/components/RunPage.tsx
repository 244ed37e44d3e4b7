import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Card, Facts, ImportReport, Loaded, Page, Row, RunBadge, RunProgress, Stack } from "@/components";
import type { Project, Run } from "@/lib/api";
import { formatDuration, formatTime } from "@/lib/format";
import { isFinished, type RunStory, useProject, useRun } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { Compressed } from "./Compressed";
import { Curves } from "./Curves";
import { Failure } from "./Failure";
import { LogTail } from "./LogTail";
import { RunActions } from "./RunActions";
import { RunResult } from "./RunResult";
import styles from "./Runs.module.css";
import { tookSeconds } from "./RunsPage";
import { Timeline } from "./Timeline";
import { Waiting } from "./Waiting";

/** Kinds whose result has a form of its own. */
const OWN_RESULT = new Set<Run["kind"]>(["import_dataset", "compress"]);

export function RunPage() {
  const runId = Number(useParams().runId);
  const project = useProject(useProjectId());
  const story = useRun(runId);
  return (
    <Loaded query={project}>
      {(owner) => <Loaded query={story}>{(data) => <RunView project={owner} story={data} />}</Loaded>}
    </Loaded>
  );
}

function RunView({ project, story }: { project: Project; story: RunStory }) {
  const { t } = useTranslation("runs");
  const { run, events } = story;
  return (
    <Page
      title={`${t(`common:run.kind.${run.kind}`)} #${run.id}`}
      about={
        <Row>
          <RunBadge run={run} />
          <span>
            {t("startedBy", { name: run.created_by?.name ?? t("system"), at: formatTime(run.created_at) })}
          </span>
        </Row>
      }
      actions={<RunActions project={project} run={run} events={events} />}
    >
      <Stack>
        {run.error ? <Failure run={run} events={events} /> : null}
        {isFinished(run) ? null : (
          <Card>
            <RunProgress run={run} />
            <Waiting run={run} />
          </Card>
        )}
        {run.result && run.kind === "import_dataset" ? (
          <Card title={t("report")}>
            <ImportReport result={run.result} />
          </Card>
        ) : null}
        {run.kind === "compress" ? <Compressed project={project} run={run} events={events} /> : null}
        {run.result && !OWN_RESULT.has(run.kind) ? <RunResult project={project} run={run} /> : null}
        <div className={styles.columns}>
          <Card title={t("stages")}>
            <Timeline run={run} events={events} />
          </Card>
          <Stack>
            <Curves events={events} />
            <Card title={t("log.title")}>
              <LogTail events={events} runId={run.id} />
            </Card>
            <Card title={t("facts")}>
              <Facts
                facts={[
                  { name: t("column.took"), value: formatDuration(tookSeconds(run)) },
                  { name: t("attempts"), value: run.attempts },
                  { name: t("queue"), value: run.queue },
                ]}
              />
            </Card>
          </Stack>
        </div>
        <p>
          <Link to={`/projects/${project.id}/runs`}>{t("all")}</Link>
        </p>
      </Stack>
    </Page>
  );
}
