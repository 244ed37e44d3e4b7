import { useTranslation } from "react-i18next";
import { EmptyState, Loaded, Page, Stack } from "@/components";
import type { Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { useProject } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { ImportForm } from "./ImportForm";
import { RunList } from "./RunList";

export function ImportPage() {
  const project = useProject(useProjectId());
  return <Loaded query={project}>{(data) => <Import project={data} />}</Loaded>;
}

function Import({ project }: { project: Project }) {
  const { t } = useTranslation("datasets");
  const { reason } = usePermissions(project);
  const refused = reason("import");
  return (
    <Page title={t("import.title")} about={t("import.about")}>
      {refused ? (
        <EmptyState title={t("common:error.forbidden.title")} reason={refused} />
      ) : (
        <Stack gap="l">
          <ImportForm project={project} />
          <RunList project={project} kind="import_dataset" title={t("import.earlier")} />
        </Stack>
      )}
    </Page>
  );
}
