import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { Button, EmptyState, LinkButton, Loaded, Page, Row, Stack, toast } from "@/components";
import type { Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { useProject } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { useModels } from "../api";
import { ImportModelDialog } from "./ImportModelDialog";
import { ModelCard } from "./ModelCard";
import styles from "./Models.module.css";
import { RollbackBanner } from "./RollbackBanner";
import { RollbackDialog } from "./RollbackDialog";
import { TrainDialog } from "./TrainDialog";

export function ModelsPage() {
  const project = useProject(useProjectId());
  return <Loaded query={project}>{(data) => <Models project={data} />}</Loaded>;
}

function Models({ project }: { project: Project }) {
  const { t } = useTranslation("models");
  const navigate = useNavigate();
  const { reason, can } = usePermissions(project);
  const models = useModels(project.id);
  const [search, setSearch] = useSearchParams();
  const [dialog, setDialog] = useState<"import" | "rollback" | null>(null);
  const training = search.get("retrain") === "1" && can("train");
  const openTraining = (open: boolean) => setSearch(open ? { retrain: "1" } : {}, { replace: true });
  const goToRun = (runId: number) => navigate(`/projects/${project.id}/runs/${runId}`);

  const train = (
    <Button reason={reason("train")} onClick={() => openTraining(true)}>
      {t("train.open")}
    </Button>
  );
  const compress = can("train") ? (
    <LinkButton variant="primary" to={`/projects/${project.id}/models/compress`}>
      {t("compress.open")}
    </LinkButton>
  ) : null;
  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={
        <Row>
          <Button
            reason={reason("deploy") ?? (models.data?.rollback_to ? null : t("rollback.nothing"))}
            onClick={() => setDialog("rollback")}
          >
            {t("rollback.open")}
          </Button>
          <Button reason={reason("deploy")} onClick={() => setDialog("import")}>
            {t("import.open")}
          </Button>
          <LinkButton to={`/projects/${project.id}/models/pareto`}>{t("pareto")}</LinkButton>
          {train}
          {compress}
        </Row>
      }
    >
      <Loaded query={models}>
        {(list) => (
          <>
            {list.rollback_to ? (
              <div className={styles.banner}>
                <RollbackBanner
                  project={project}
                  target={list.rollback_to}
                  onRollback={() => setDialog("rollback")}
                />
              </div>
            ) : null}
            {list.results.length === 0 ? (
              <EmptyState title={t("empty.title")} reason={t("empty.reason")} action={compress ?? train} />
            ) : (
              <Stack>
                {list.results.map((model) => (
                  <ModelCard key={model.id} model={model} all={list.results} project={project} />
                ))}
              </Stack>
            )}
            {training ? (
              <TrainDialog
                project={project}
                models={list}
                version={search.get("version") ?? ""}
                onClose={() => openTraining(false)}
                onStarted={goToRun}
              />
            ) : null}
          </>
        )}
      </Loaded>
      {dialog === "import" ? (
        <ImportModelDialog projectId={project.id} onClose={() => setDialog(null)} onStarted={goToRun} />
      ) : null}
      {dialog === "rollback" ? (
        <RollbackDialog
          project={project}
          onClose={() => setDialog(null)}
          onDone={(deployment) => {
            setDialog(null);
            toast({ message: t("rollback.done", { name: deployment.name }), tone: "good" });
          }}
        />
      ) : null}
    </Page>
  );
}
