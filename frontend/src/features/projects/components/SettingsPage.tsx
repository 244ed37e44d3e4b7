import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Loaded, Page, Tabs } from "@/components";
import { useProject } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { GeneralForm } from "./GeneralForm";
import { GuessingForm } from "./GuessingForm";
import { LabelsEditor } from "./LabelsEditor";
import { RetrainForm } from "./RetrainForm";
import { RoutingForm } from "./RoutingForm";

export function SettingsPage() {
  const { t } = useTranslation("projects");
  const project = useProject(useProjectId());
  const [search, setSearch] = useSearchParams();
  return (
    <Page title={t("settings.title")}>
      <Loaded query={project}>
        {(data) => (
          <Tabs
            label={t("settings.title")}
            value={search.get("tab") ?? "general"}
            onValueChange={(tab) => setSearch({ tab }, { replace: true })}
            tabs={[
              // Forms start anew from each revision, so that nobody edits numbers that are already old.
              {
                value: "general",
                label: t("settings.general"),
                content: <GeneralForm key={data.revision} project={data} />,
              },
              {
                value: "routing",
                label: t("settings.routing"),
                content: <RoutingForm key={data.revision} project={data} />,
              },
              ...(data.task_type === "semantic_segmentation"
                ? [] // masks are neither looked for in tiles nor fused
                : [
                    {
                      value: "guessing",
                      label: t("settings.guessing"),
                      content: <GuessingForm project={data} />,
                    },
                  ]),
              { value: "retrain", label: t("settings.retrain"), content: <RetrainForm project={data} /> },
              { value: "labels", label: t("settings.labels"), content: <LabelsEditor project={data} /> },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}
