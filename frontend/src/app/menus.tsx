import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { Menu, MenuItem, MenuLine, MenuLink, MenuNote } from "@/components";
import { LOCALES } from "@/i18n";
import type { User } from "@/lib/api";
import { useChangeLocale, useLogOut, useProject, useProjects, useSession } from "@/lib/queries";
import styles from "./Shell.module.css";

export function ProjectMenu() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { projectId } = useParams();
  const current = useProject(projectId ? Number(projectId) : Number.NaN);
  const projects = useProjects();
  return (
    <Menu
      align="start"
      label={t("nav.switchProject", { name: current.data?.name ?? t("nav.projects") })}
      trigger={
        <span className={`truncate ${styles.projectName}`}>{current.data?.name ?? t("nav.projects")}</span>
      }
    >
      {(projects.data ?? []).map((project) => (
        <MenuItem
          key={project.id}
          current={project.id === current.data?.id}
          onSelect={() => navigate(`/projects/${project.id}`)}
        >
          {project.name}
        </MenuItem>
      ))}
      {projects.data?.length ? <MenuLine /> : null}
      <MenuItem onSelect={() => navigate("/projects")}>{t("nav.allProjects")}</MenuItem>
    </Menu>
  );
}

/** Each language in its own words, for who cannot read the page. */
const LANGUAGE_NAMES: Record<string, string> = { en: "English", "zh-Hans": "简体中文" };
const LANGUAGE_SHORT: Record<string, string> = { en: "EN", "zh-Hans": "中文" };

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  const changeLocale = useChangeLocale();
  return (
    <Menu
      label={t("nav.language", { name: LANGUAGE_SHORT[i18n.language] })}
      trigger={<span>{LANGUAGE_SHORT[i18n.language]}</span>}
    >
      {LOCALES.map((locale) => (
        <MenuItem
          key={locale}
          lang={locale}
          current={i18n.language === locale}
          onSelect={() => changeLocale.mutate(locale)}
        >
          {LANGUAGE_NAMES[locale]}
        </MenuItem>
      ))}
    </Menu>
  );
}

export function UserMenu({ user }: { user: User }) {
  const { t } = useTranslation();
  const session = useSession();
  const logOut = useLogOut();
  const name = user.name || user.email;
  return (
    <Menu
      label={t("nav.account", { name })}
      trigger={
        <span className={styles.avatar} aria-hidden="true">
          {name.slice(0, 1).toUpperCase()}
        </span>
      }
    >
      <MenuNote>
        {user.name ? <strong>{user.name}</strong> : null}
        <div>{user.email}</div>
      </MenuNote>
      <MenuLine />
      {session.data ? <MenuLink href={session.data.source_url}>{t("footer.source")}</MenuLink> : null}
      <MenuItem
        onSelect={() =>
          // A full load drops every cached answer and every unsent request of the person who leaves.
          logOut.mutate(undefined, { onSuccess: () => window.location.assign("/login") })
        }
      >
        {t("nav.logOut")}
      </MenuItem>
    </Menu>
  );
}
