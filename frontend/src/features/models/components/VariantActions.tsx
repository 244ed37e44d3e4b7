import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Button, DownloadButton, Menu, MenuItem, MenuNote, toast } from "@/components";
import type { ModelVariant, Project } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { usePermissions } from "@/lib/permissions";
import { randomUuid } from "@/lib/uuid";
import { useEvaluate } from "../api";
import { isMeasured } from "../measures";
import { BenchmarkDialog } from "./BenchmarkDialog";
import { DeployDialog } from "./DeployDialog";
import { ExportDialog } from "./ExportDialog";
import styles from "./Models.module.css";

interface VariantActionsProps {
  project: Project;
  variant: ModelVariant;
  /** "road v2 int8" */
  name: string;
}

/** Files of these run on our workers; others are for taking away. */
const EVALUATED = new Set(["onnx", "openvino"]);

/** Download, deploy, evaluate where no number is known yet; the rarer ones in a menu. */
export function VariantActions({ project, variant, name }: VariantActionsProps) {
  const { t } = useTranslation("models");
  const navigate = useNavigate();
  const { reason } = usePermissions(project);
  const [dialog, setDialog] = useState<"deploy" | "export" | "benchmark" | null>(null);
  const [key] = useState(randomUuid);
  const evaluation = useEvaluate(variant.id, key);
  const report = `/projects/${project.id}/models/variants/${variant.id}`;
  const close = () => setDialog(null);
  const goToRun = (runId: number) => navigate(`/projects/${project.id}/runs/${runId}`);
  const evaluate = () =>
    evaluation.mutate(undefined, {
      onSuccess: (run) => goToRun(run.id),
      onError: (error) => toast({ message: errorText(error), tone: "bad" }),
    });
  const canEvaluate = EVALUATED.has(variant.format);
  const cannotTrain = reason("train");
  const cannotDeploy = variant.deployed ? t("isDeployed") : variant.format === "onnx" ? null : t("onlyOnnx");
  return (
    <span className={styles.actions}>
      {canEvaluate && !isMeasured(variant, project.task_type) ? (
        <Button size="s" reason={cannotTrain} busy={evaluation.isPending} onClick={evaluate}>
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
            {canEvaluate && isMeasured(variant, project.task_type) ? (
              <MenuItem onSelect={evaluate}>{t("evaluate.again")}</MenuItem>
            ) : null}
            <MenuItem onSelect={() => setDialog("export")}>{t("export.open")}</MenuItem>
            <MenuItem onSelect={() => setDialog("benchmark")}>{t("benchmark.open")}</MenuItem>
          </>
        )}
      </Menu>
      {dialog === "deploy" ? (
        <DeployDialog project={project} variant={variant} name={name} onClose={close} />
      ) : null}
      {dialog === "export" ? (
        <ExportDialog
          projectId={project.id}
          variant={variant}
          name={name}
          onClose={close}
          onStarted={goToRun}
        />
      ) : null}
      {dialog === "benchmark" ? (
        <BenchmarkDialog variant={variant} name={name} onClose={close} onStarted={goToRun} />
      ) : null}
    </span>
  );
}
