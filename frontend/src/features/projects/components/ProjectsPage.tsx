import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Badge, Bar, Button, EmptyState, Grid, LinkButton, Loaded, Page, Skeleton } from "@/components";
import type { Project } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { stateParts } from "@/lib/itemStates";
import { useProjects, useSession } from "@/lib/queries";
import styles from "./Projects.module.css";

export function ProjectsPage() {
  const { t } = useTranslation("projects");
  const projects = useProjects();
  const session = useSession();
  const create = session.data?.user?.is_staff ? (
    <LinkButton to="/projects/new" variant="primary">
      {t("list.new")}
    </LinkButton>
  ) : (
    <Button variant="primary" reason={t("list.staffOnly")}>
      {t("list.new")}
    </Button>
  );
  return (
    <Page main title={t("list.title")} actions={create}>
      <Loaded query={projects} skeleton={<Skeleton rows={3} height={148} />}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState title={t("list.empty.title")} reason={t("list.empty.reason")} action={create} />
          ) : (
            <Grid min={340}>
              {list.map((project) => (
                <ProjectCard key={project.id} project={project} />
              ))}
            </Grid>
          )
        }
      </Loaded>
    </Page>
  );
}

function ProjectCard({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const { counts } = project;
  const parts = stateParts(project, (state) => t(`common:state.${state}`), false);
  return (
    <article className={styles.card}>
      <header className={styles.cardHead}>
        <h2 className="truncate">
          <Link to={`/projects/${project.id}`} title={project.name} className={styles.cardLink}>
            {project.name}
          </Link>
        </h2>
        {project.role ? <Badge>{t(`common:role.${project.role}`)}</Badge> : null}
      </header>
      <p className={styles.cardAbout}>{project.description || t(`common:taskType.${project.task_type}`)}</p>
      <Bar label={t("counts.label")} parts={parts} format={formatNumber} legend={false} />
      <div className={styles.cardFoot}>
        <span className="num">
          {counts.total === 0
            ? t("list.noItems")
            : t("list.progress", {
                reviewed: formatNumber(counts.reviewed + counts.auto_accepted),
                total: formatNumber(counts.total),
              })}
        </span>
        {counts.waiting > 0 ? (
          <Link to={`/projects/${project.id}/review`} className={styles.waiting}>
            {t("list.waiting", { count: counts.waiting, shown: formatNumber(counts.waiting) })}
          </Link>
        ) : null}
      </div>
    </article>
  );
}
