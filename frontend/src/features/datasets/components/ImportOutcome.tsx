import { useTranslation } from "react-i18next";
import {
  Button,
  Card,
  ErrorState,
  ImportReport,
  LinkButton,
  Loaded,
  RunBadge,
  RunProgress,
} from "@/components";
import { ApiError, type Project } from "@/lib/api";
import { isFinished, useRun } from "@/lib/queries";

interface ImportOutcomeProps {
  runId: number;
  dryRun: boolean;
  project: Project;
  busy: boolean;
  onImport: () => void;
}

/** Follows the check or the import under the form, and says what to do next. */
export function ImportOutcome({ runId, dryRun, project, busy, onImport }: ImportOutcomeProps) {
  const { t } = useTranslation("datasets");
  const story = useRun(runId);
  return (
    <Loaded query={story}>
      {({ run }) => (
        <Card
          title={t(dryRun ? "outcome.check" : "outcome.import")}
          about={run.state === "succeeded" && dryRun ? t("outcome.nothingWritten") : undefined}
          actions={
            <>
              <RunBadge run={run} />
              {run.state === "succeeded" && dryRun ? (
                <Button variant="primary" busy={busy} onClick={onImport}>
                  {t("import.now")}
                </Button>
              ) : null}
              {run.state === "succeeded" && !dryRun ? (
                <LinkButton to={`/projects/${project.id}/items`} variant="primary">
                  {t("outcome.see")}
                </LinkButton>
              ) : null}
            </>
          }
        >
          {isFinished(run) ? null : <RunProgress run={run} />}
          {run.error ? <ErrorState error={new ApiError(422, run.error.code, run.error.message)} /> : null}
          {run.result ? <ImportReport result={run.result} /> : null}
        </Card>
      )}
    </Loaded>
  );
}
