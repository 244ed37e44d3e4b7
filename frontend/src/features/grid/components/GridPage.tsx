import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState, ErrorState, LinkButton, PageSkeleton } from "@/components";
import type { Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { useProject, useSession } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { useCourier } from "../session/useCourier";
import { GridDesk } from "./GridDesk";

/** Many pictures of one predicted class at once; `?class=ID&min=0.5&max=0.9` opens one class. */
export function GridPage() {
  const { t } = useTranslation("grid");
  const project = useProject(useProjectId());
  const session = useSession();
  const work = useCourier(session.data?.user?.id);
  const name = project.data?.name;

  useEffect(() => {
    document.title = name === undefined ? "Winnow" : `${t("page.title")} · ${name} · Winnow`;
  }, [name, t]);

  // Whoever was signed out and is back: what waited goes out.
  useEffect(() => {
    if (session.dataUpdatedAt > 0 && session.data?.user && work?.courier.store.getState().signedOut)
      work.courier.signedIn();
  }, [session.dataUpdatedAt, session.data, work]);

  if (project.data !== undefined)
    return <Entrance key={project.data.id} project={project.data} work={work} />;
  if (project.isError) return <ErrorState error={project.error} onRetry={() => void project.refetch()} />;
  return <PageSkeleton />;
}

function Entrance({ project, work }: { project: Project; work: ReturnType<typeof useCourier> }) {
  const { t } = useTranslation("grid");
  const { reason } = usePermissions(project);
  const refusal = reason("review");
  const back = <LinkButton to={`/projects/${project.id}`}>{t("page.back")}</LinkButton>;
  if (refusal !== null) return <EmptyState page title={t("page.title")} reason={refusal} action={back} />;
  if (project.task_type !== "image_classification")
    return <EmptyState page title={t("page.noGrid")} reason={t("page.noGridAbout")} action={back} />;
  return work === null ? <PageSkeleton /> : <GridDesk project={project} {...work} />;
}
