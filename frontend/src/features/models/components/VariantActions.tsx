import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Button, DownloadButton, Menu, MenuItem, MenuNote } from "@/components";
import type { ModelVariant, Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { isMeasured } from "../measures";
import { BenchmarkDialog } from "./BenchmarkDialog";
import { DeployDialog } from "./DeployDialog";
import { ExportDialog } from "./ExportDialog";
import styles from "./Models.module.css";
import { useEvaluation } from "./useEvaluation";

interface VariantActionsProps {
  project: Project;
  variant: ModelVariant;
  /** "road v2 int8" */
  name: string;
}

type Which = "deploy" | "export" | "benchmark" | null;

/** Download, deploy, evaluate where no number is known yet; the rarer ones in a menu. */
export function VariantActions({ project, variant, name }: VariantActionsProps) {
  const { t } = useTranslation("models");
  const navigate = useNavigate();
  const { reason } = usePermissions(project);
  const [dialog, setDialog] = useState<Which>(null);
  const report = `/projects/${project.id}/models/variants/${variant.id}`;
  const goToRun = (runId: number) => navigate(`/projects/${project.id}/runs/${runId}`);
  const evaluation = useEvaluation(variant, goToRun);
  const measured = isMeasured(variant, project.task_type);
  const cannotTrain = reason("train");
  const cannotDeploy = variant.deployed ? t("isDeployed") : variant.format === "onnx" ? null : t("onlyOnnx");
  return (
    <span className={styles.actions}>
      {evaluation.possible && !measured ? (
        <Button size="s" reason={cannotTrain} busy={evaluation.busy} onClick={evaluation.start}>
          {t("evaluate.open")}
          <span className="visually-hidden"> {name}</span>
        </Button>
      ) : null}
      <DownloadButton size="s" href={`/api/variants/${variant.id}/download/`}>
        {t("common:action.download")}
      </DownloadButton>
      <Button size="s" reason={cannotDeploy ?? reason("deploy")} onClick={() => setDialog("deploy")}>
        {t("deploy.open")}
      </Button>
      <Menu trigger={<span className="visually-hidden">{t("more", { name })}</span>}>
        {cannotTrain ? (
          <MenuNote>{cannotTrain}</MenuNote>
        ) : (
          <>
            <MenuItem onSelect={() => navigate(report)}>{t("report")}</MenuItem>
            {evaluation.possible && measured ? (
              <MenuItem onSelect={evaluation.start}>{t("evaluate.again")}</MenuItem>
            ) : null}
            <MenuItem onSelect={() => setDialog("export")}>{t("export.open")}</MenuItem>
            <MenuItem onSelect={() => setDialog("benchmark")}>{t("benchmark.open")}</MenuItem>
          </>
        )}
      </Menu>
      <OpenDialog
        dialog={dialog}
        project={project}
        variant={variant}
        name={name}
        onClose={() => setDialog(null)}
        goToRun={goToRun}
      />
    </span>
  );
}

interface OpenDialogProps extends VariantActionsProps {
  dialog: Which;
  onClose: () => void;
  goToRun: (runId: number) => void;
}

function OpenDialog({ dialog, project, variant, name, onClose, goToRun }: OpenDialogProps) {
  const common = { variant, name, onClose };
  if (dialog === "deploy") return <DeployDialog project={project} {...common} />;
  if (dialog === "export") return <ExportDialog projectId={project.id} {...common} onStarted={goToRun} />;
  if (dialog === "benchmark") return <BenchmarkDialog {...common} onStarted={goToRun} />;
  return null;
}
