import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { EmptyState, ErrorState, LinkButton, PageSkeleton } from "@/components";
import { isEditable } from "@/editors";
import { useProject, useSession } from "@/lib/queries";
import { useOutbox } from "../session/useOutbox";
import { ReviewDesk } from "./ReviewDesk";

/** The review workspace of a project; `?item=ID` opens one item of it. */
export function ReviewPage() {
  const { t } = useTranslation("review");
  const { projectId } = useParams();
  const project = useProject(Number(projectId));
  const session = useSession();
  const outbox = useOutbox(session.data?.user?.id);
  const name = project.data?.name;

  useEffect(() => {
    document.title = name === undefined ? "Winnow" : `${t("page.title")} · ${name} · Winnow`;
  }, [name, t]);

  // Whoever was signed out and is back: what waited goes out.
  useEffect(() => {
    if (session.dataUpdatedAt > 0 && session.data?.user && outbox?.store.getState().signedOut)
      outbox.signedIn();
  }, [session.dataUpdatedAt, session.data, outbox]);

  if (project.data !== undefined && !isEditable(project.data.task_type)) {
    const back = <LinkButton to={`/projects/${project.data.id}`}>{t("page.back")}</LinkButton>;
    return <EmptyState page title={t("page.noEditor")} reason={t("page.noEditorAbout")} action={back} />;
  }
  if (project.data !== undefined && outbox !== null) {
    return <ReviewDesk key={project.data.id} project={project.data} outbox={outbox} />;
  }
  if (project.isError) return <ErrorState error={project.error} onRetry={() => void project.refetch()} />;
  return <PageSkeleton />;
}
