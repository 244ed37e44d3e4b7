import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet, ScrollRestoration, useMatch, useParams } from "react-router";
import { classes, EmptyState, ErrorState, LinkButton, Logo, PageSkeleton } from "@/components";
import { setHeaderSlot } from "@/components/HeaderSlot";
import { useProject, useSession } from "@/lib/queries";
import { LanguageMenu, ProjectMenu, UserMenu } from "./menus";
import styles from "./Shell.module.css";
import { visibleSections } from "./sections";

export function Shell() {
  const { t } = useTranslation();
  const session = useSession();
  const gridding = useMatch("/projects/:projectId/grid") !== null;
  const reviewing = useMatch("/projects/:projectId/review") !== null || gridding;
  const user = session.data?.user;
  return (
    <div className={styles.shell}>
      <a href="#content" className={styles.skip}>
        {t("nav.skip")}
      </a>
      <header className={styles.header}>
        <Link to="/projects" className={styles.brand} aria-label={t("nav.home")}>
          <Logo />
          <span>Winnow</span>
        </Link>
        {user ? <ProjectMenu /> : null}
        <div className={styles.slot} ref={setHeaderSlot} />
        <LanguageMenu />
        {user ? <UserMenu user={user} /> : null}
      </header>
      <div id="content" className={styles.content} tabIndex={-1}>
        <Outlet />
      </div>
      {reviewing ? null : <Footer />}
      <ScrollRestoration />
    </div>
  );
}

function Footer() {
  const { t } = useTranslation();
  const session = useSession();
  if (!session.data) return null;
  return (
    <footer className={styles.footer}>
      <span>Winnow {session.data.version}</span>
      <span>{t("footer.licence")}</span>
      <a href={session.data.source_url} target="_blank" rel="noreferrer">
        {t("footer.source")}
      </a>
    </footer>
  );
}

function NoProject() {
  const { t } = useTranslation();
  return (
    <EmptyState
      page
      title={t("error.missing.title")}
      reason={t("error.missing.about")}
      action={<LinkButton to="/projects">{t("nav.allProjects")}</LinkButton>}
    />
  );
}

/** The side bar of a project, and the page beside it. */
export function ProjectLayout() {
  const { t } = useTranslation();
  const { projectId } = useParams();
  const project = useProject(Number(projectId));
  if (project.isPending) return <PageSkeleton />;
  if (project.isError) {
    if (project.error.status === 404) return <NoProject />;
    return <ErrorState error={project.error} onRetry={() => void project.refetch()} />;
  }
  const { waiting } = project.data.counts;
  return (
    <div className={styles.project}>
      <nav className={styles.side} aria-label={t("nav.project")}>
        {visibleSections(project.data).map(({ path, label, icon }) => (
          <NavLink
            key={label}
            to={path}
            end={path === ""}
            className={({ isActive }) => classes(styles.link, isActive && styles.active)}
          >
            {icon}
            <span className="truncate">{t(label)}</span>
            {path === "queue" && waiting > 0 ? <span className={styles.count}>{waiting}</span> : null}
          </NavLink>
        ))}
      </nav>
      <main className={styles.main}>
        <Outlet />
      </main>
    </div>
  );
}
