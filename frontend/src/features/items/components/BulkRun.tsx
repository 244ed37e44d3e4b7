import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Button, Card, RunBadge, RunProgress } from "@/components";
import { errorText } from "@/lib/errorText";
import { formatNumber } from "@/lib/format";
import { isFinished, useRun } from "@/lib/queries";

interface BulkRunProps {
  projectId: number;
  runId: number;
  onClose: () => void;
}

/** How far an action on all that fits is, above the items that it changes. */
export function BulkRun({ projectId, runId, onClose }: BulkRunProps) {
  const { t } = useTranslation("items");
  const story = useRun(runId);
  const run = story.data?.run;
  if (!run) return null;
  const items = typeof run.result?.items === "number" ? run.result.items : null;
  const action = run.params.action === "revert" ? "revert" : "return";
  return (
    <div role="status" data-testid="bulk-run">
      <Card
        title={t(`bulk.${action}`)}
        about={
          run.error ? (
            errorText(run.error)
          ) : items === null ? (
            <RunProgress run={run} compact />
          ) : (
            t("bulk.returned", { count: items, n: formatNumber(items) })
          )
        }
        actions={
          <>
            <RunBadge run={run} />
            <Link to={`/projects/${projectId}/runs/${run.id}`}>{t("bulk.run", { id: run.id })}</Link>
            {isFinished(run) ? (
              <Button size="s" variant="ghost" onClick={onClose}>
                {t("common:action.close")}
              </Button>
            ) : null}
          </>
        }
      >
        {null}
      </Card>
    </div>
  );
}
