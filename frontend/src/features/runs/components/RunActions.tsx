import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  Button,
  Dialog,
  DownloadButton,
  Menu,
  MenuItem,
  MenuNote,
  Row,
  toast,
  useStageName,
} from "@/components";
import type { Capability, Project, Run, RunEvent } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { usePermissions } from "@/lib/permissions";
import { isFinished, useRunAction } from "@/lib/queries";
import { stageSpans } from "./Timeline";

/** Who may start a kind of run may stop it. */
const NEEDS: Partial<Record<Run["kind"], Capability>> = {
  import_dataset: "import",
  export_dataset: "export",
  predict: "predict",
  order_queue: "manage_items",
  find_similar: "review",
  import_model: "deploy",
  retrain: "train",
  compress: "train",
  export_model: "train",
  benchmark: "train",
};

/** Kinds that can begin again from a stage, and not only go on from where they stopped. */
const RESTARTS = new Set<Run["kind"]>(["retrain", "compress"]);

interface RunActionsProps {
  project: Project;
  run: Run;
  events: RunEvent[];
}

/** What can be done with a run now: stop it, try it again, take its file. */
export function RunActions({ project, run, events }: RunActionsProps) {
  const { t } = useTranslation("runs");
  const { reason } = usePermissions(project);
  const off = reason(NEEDS[run.kind] ?? "import");
  if (run.state === "succeeded") {
    return run.result?.file ? (
      <DownloadButton href={`/api/runs/${run.id}/download/`}>
        {t(run.kind === "import_dataset" ? "downloadReport" : "common:action.download")}
      </DownloadButton>
    ) : null;
  }
  return isFinished(run) ? <Retry run={run} events={events} off={off} /> : <Cancel run={run} off={off} />;
}

function complain(error: Error) {
  toast({ message: errorText(error), tone: "bad" });
}

function Retry({ run, events, off }: { run: Run; events: RunEvent[]; off: string | null }) {
  const { t } = useTranslation("runs");
  const stageName = useStageName();
  const retry = useRunAction(run.id, "retry");
  const stages =
    RESTARTS.has(run.kind) && off === null ? stageSpans(run, events).map(({ stage }) => stage) : [];
  return (
    <Row>
      <Button
        variant="primary"
        reason={off}
        busy={retry.isPending}
        onClick={() => retry.mutate(undefined, { onError: complain })}
      >
        {t("retry")}
      </Button>
      {stages.length ? (
        <Menu trigger={t("retryFrom.open")}>
          <MenuNote>{t("retryFrom.about")}</MenuNote>
          {stages.map((stage) => (
            <MenuItem key={stage} onSelect={() => retry.mutate(stage, { onError: complain })}>
              {stageName(stage)}
            </MenuItem>
          ))}
        </Menu>
      ) : null}
    </Row>
  );
}

function Cancel({ run, off }: { run: Run; off: string | null }) {
  const { t } = useTranslation("runs");
  const [asking, setAsking] = useState(false);
  const cancel = useRunAction(run.id, "cancel");
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
            onClick={() => cancel.mutate(undefined, { onError: complain, onSettled: () => setAsking(false) })}
          >
            {t("cancel.stop")}
          </Button>
        </Row>
      </Dialog>
    </>
  );
}
