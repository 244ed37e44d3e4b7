import { type MouseEvent, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { keyStore } from "@/commands/keyStore";
import { useKeptKeys } from "@/commands/pages/keysApi";
import { Button, EmptyState, ErrorState, LinkButton, PageSkeleton } from "@/components";
import type { Project } from "@/lib/api";
import { useClassesWaiting } from "../api";
import { listenToGridKeys } from "../session/gridKeys";
import type { GridSession } from "../session/gridSession";
import type { Range } from "../session/pool";
import type { Work } from "../session/useCourier";
import { useGridSession } from "../session/useGridSession";
import { ClassList } from "./ClassList";
import styles from "./Grid.module.css";
import { GridDialogs } from "./GridDialogs";
import { GridTop } from "./GridTop";
import { NotTaken } from "./NotTaken";
import { SidePanel } from "./SidePanel";
import { Thumbnails } from "./Thumbnails";

export function GridDesk({ project, ...work }: { project: Project } & Work) {
  const { session, range, choose, takeOver } = useGridSession(project, work);
  if (session === null) return <PageSkeleton />;
  return <Desk session={session} project={project} range={range} choose={choose} takeOver={takeOver} />;
}

interface DeskProps {
  session: GridSession;
  project: Project;
  range: Range | null;
  choose: (range: Range | null) => void;
  takeOver: () => void;
}

function Desk({ session, project, range, choose, takeOver }: DeskProps) {
  const { t } = useTranslation("grid");
  const phase = useStore(session.view, (view) => view.phase);
  useKeptKeys();

  useEffect(() => {
    const free = () =>
      session.view.getState().phase !== "elsewhere" &&
      document.querySelector("[role=dialog], [role=menu]") === null;
    return listenToGridKeys(session, () => keyStore.getState().preferences, free);
  }, [session]);

  useEffect(() => {
    const acted = () => session.pace.act();
    window.addEventListener("pointerdown", acted);
    return () => window.removeEventListener("pointerdown", acted);
  }, [session]);

  if (phase === "elsewhere")
    return (
      <EmptyState
        page
        title={t("elsewhere.title")}
        reason={t("elsewhere.about")}
        action={
          <Button variant="primary" onClick={takeOver}>
            {t("elsewhere.take")}
          </Button>
        }
      />
    );
  // After a click on a button the keys belong to the pictures again; Tab users keep their place.
  const backToPictures = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    if (event.detail > 0 && target.closest("input, textarea, [role=dialog]") === null)
      document.querySelector<HTMLElement>("[data-grid]")?.focus({ preventScroll: true });
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <main className={styles.desk} onClick={backToPictures}>
      <GridTop session={session} project={project} />
      <ClassList project={project} range={range} choose={choose} />
      <section className={styles.middle} aria-label={t("page.pictures")}>
        <NotTaken session={session} project={project} />
        <Middle session={session} project={project} range={range} choose={choose} />
      </section>
      <SidePanel session={session} />
      <GridDialogs session={session} />
    </main>
  );
}

function Middle({ session, project, range, choose }: Omit<DeskProps, "takeOver">) {
  const { t } = useTranslation("grid");
  const phase = useStore(session.view, (view) => view.phase);
  const error = useStore(session.view, (view) => view.error);
  const waiting = useClassesWaiting(project.id);
  if (phase === "failed") return <ErrorState error={error} onRetry={() => void session.retry()} />;
  if (phase === "ready" || phase === "loading") return <Thumbnails session={session} project={project} />;
  const single = waiting.data?.single ?? 0;
  const any = (waiting.data?.classes.length ?? 0) > 0;
  const alone = (
    <LinkButton to={`/projects/${project.id}/review`}>{t("empty.single", { count: single })}</LinkButton>
  );
  if (phase === "empty" && range !== null) {
    const all = { classId: range.classId, min: 0, max: 1 };
    const narrow = range.min > 0 || range.max < 1;
    return (
      <EmptyState
        title={t(narrow ? "empty.range" : "empty.class")}
        reason={t(any ? "empty.choose" : "empty.none")}
        action={
          narrow ? <Button onClick={() => choose(all)}>{t("range.all")}</Button> : single > 0 ? alone : null
        }
      />
    );
  }
  if (waiting.data === undefined) return null;
  return (
    <EmptyState
      title={t(any ? "choose.title" : "empty.title")}
      reason={t(any ? "choose.about" : "empty.none")}
      action={single > 0 ? alone : null}
    />
  );
}
