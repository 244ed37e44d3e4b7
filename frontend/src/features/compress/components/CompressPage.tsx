import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState, LinkButton, Loaded, Page, PageSkeleton } from "@/components";
import type { CompressOptions, Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { useProject } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { useCompressOptions } from "../api";
import { withDefaults } from "../defaults";
import { type Draft, STEPS, type WizardStep } from "../draft";
import { problemsOf } from "../problems";
import { useDraft } from "../useDraft";
import { DataStep } from "./DataStep";
import { GatesStep } from "./GatesStep";
import { ModelStep } from "./ModelStep";
import { PlanStep } from "./PlanStep";
import { ReviewStep } from "./ReviewStep";
import { StepFoot } from "./StepFoot";
import { StepNav } from "./StepNav";

/** Retrain and compress: five pages whose draft is the address. */
export function CompressPage() {
  const project = useProject(useProjectId());
  return (
    <Loaded query={project} skeleton={<PageSkeleton />}>
      {(data) => <Allowed project={data} />}
    </Loaded>
  );
}

function Allowed({ project }: { project: Project }) {
  const { t } = useTranslation("compress");
  const { can, reason } = usePermissions(project);
  if (can("train")) return <Wizard project={project} />;
  return (
    <Page title={t("title")}>
      <EmptyState
        title={t("common:error.forbidden.title")}
        reason={reason("train")}
        action={<LinkButton to={`/projects/${project.id}/models`}>{t("backToModels")}</LinkButton>}
      />
    </Page>
  );
}

function Wizard({ project }: { project: Project }) {
  const { t } = useTranslation("compress");
  const { draft, step, change, goTo } = useDraft();
  const options = useCompressOptions(project.id, {
    version_id: draft.source === "existing" ? draft.model : "",
    dataset_version_id: draft.version,
  });
  return (
    <Page title={t("title")} about={t("about")}>
      <Loaded query={options}>
        {(data) => (
          <Steps
            project={project}
            options={data}
            draft={withDefaults(draft, data)}
            step={step}
            onChange={change}
            onStep={goTo}
          />
        )}
      </Loaded>
    </Page>
  );
}

interface StepsProps {
  project: Project;
  options: CompressOptions;
  draft: Draft;
  step: WizardStep;
  onChange: (change: Partial<Draft>) => void;
  onStep: (step: WizardStep) => void;
}

const PAGES = { data: DataStep, model: ModelStep, plan: PlanStep, gates: GatesStep };

function Steps({ project, options, draft, step, onChange, onStep }: StepsProps) {
  const { t } = useTranslation("compress");
  const problems = useMemo(() => problemsOf(draft, options), [draft, options]);
  const at = STEPS.indexOf(step);
  const [before, after] = [STEPS[at - 1], STEPS[at + 1]];
  const shared = { project, options, draft, onChange };
  const Content = step === "review" ? null : PAGES[step];
  const back = before ? { label: t("back"), onClick: () => onStep(before) } : null;
  return (
    <>
      <StepNav step={step} problems={problems} onStep={onStep} />
      {Content ? (
        <>
          <Content {...shared} problems={problems.filter((one) => one.step === step)} />
          <StepFoot back={back} next={after ? { label: t("next"), onClick: () => onStep(after) } : null} />
        </>
      ) : (
        <ReviewStep {...shared} problems={problems} onStep={onStep} back={back} />
      )}
    </>
  );
}
