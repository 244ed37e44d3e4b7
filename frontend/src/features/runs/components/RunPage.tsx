import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import {
  Button,
  Card,
  Dialog,
  DownloadButton,
  Facts,
  ImportReport,
  Loaded,
  Page,
  Row,
  RunBadge,
  RunProgress,
  Stack,
  toast,
} from "@/components";
import type { Capability, Project, Run } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { formatDuration, formatTime } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { isFinished, type RunStory, useProject, useRun, useRunAction } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { Curves } from "./Curves";
import { LogTail } from "./LogTail";
import { RunResult } from "./RunResult";
import styles from "./Runs.module.css";
import { tookSeconds } from "./RunsPage";
import { Timeline } from "./Timeline";

/** Who may start a kind of run may stop it. */
const NEEDS: Partial<Record<Run["kind"], Capability>> = {
  import_dataset: "import",
  export_dataset: "export",
  predict: "predict",
  import_model: "deploy",
  retrain: "train",
};

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
  const stalled = isStalled(run);
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
      actions={<Actions project={project} run={run} />}
    >
      <Stack>
        {run.error ? (
          <div className={styles.failure} role="alert">
            <strong>{errorText(run.error)}</strong>
            <p className="muted">
              {t("failedAt", { stage: run.stage || "–" })} · <code>{run.error.code}</code>
            </p>
          </div>
        ) : null}
        {isFinished(run) ? null : (
          <Card>
            <RunProgress run={run} />
            {stalled ? <p className={styles.stalled}>{t("stalled")}</p> : null}
          </Card>
        )}
        {run.result && run.kind === "import_dataset" ? (
          <Card title={t("report")}>
            <ImportReport result={run.result} />
          </Card>
        ) : null}
        {run.result && run.kind !== "import_dataset" ? <RunResult project={project} run={run} /> : null}
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

/** Queued for more than a minute: most likely no worker serves its queue. */
function isStalled(run: Run): boolean {
  return run.state === "queued" && Date.now() - new Date(run.created_at).getTime() > 60_000;
}

function Actions({ project, run }: { project: Project; run: Run }) {
  const { t } = useTranslation("runs");
  const { reason } = usePermissions(project);
  const [asking, setAsking] = useState(false);
  const cancel = useRunAction(run.id, "cancel");
  const retry = useRunAction(run.id, "retry");
  const off = reason(NEEDS[run.kind] ?? "import");
  const onError = (error: Error) => toast({ message: errorText(error), tone: "bad" });

  if (run.state === "succeeded") {
    return run.result?.file ? (
      <DownloadButton href={`/api/runs/${run.id}/download/`}>
        {t(run.kind === "import_dataset" ? "downloadReport" : "common:action.download")}
      </DownloadButton>
    ) : null;
  }
  if (isFinished(run)) {
    return (
      <Button
        variant="primary"
        reason={off}
        busy={retry.isPending}
        onClick={() => retry.mutate(undefined, { onError })}
      >
        {t("retry")}
      </Button>
    );
  }
  return (
    <>
      <Button
        variant="danger"
        reason={off ?? (run.cancel_requested ? t("stopping") : null)}
        onClick={() => setAsking(true)}
      >
        {t("cancel.open")}
      </Button>
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        title={t("cancel.title")}
        description={t("cancel.about")}
      >
        <Row end>
          <Button variant="ghost" onClick={() => setAsking(false)}>
            {t("cancel.goOn")}
          </Button>
          <Button
            variant="danger"
            busy={cancel.isPending}
            onClick={() => cancel.mutate(undefined, { onError, onSettled: () => setAsking(false) })}
          >
            {t("cancel.stop")}
          </Button>
        </Row>
      </Dialog>
    </>
  );
}
