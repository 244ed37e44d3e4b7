import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type MouseEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useStore } from "zustand";
import { COMMANDS } from "@/commands";
import type { EditorSlug } from "@/commands/command";
import { listenToKeys } from "@/commands/keyboard";
import { keyStore } from "@/commands/keyStore";
import { useKeptKeys } from "@/commands/pages/keysApi";
import { EDITORS } from "@/editors";
import { api, type Project, type ThresholdEstimate } from "@/lib/api";
import { keys } from "@/lib/queries/keys";
import type { Outbox } from "@/outbox/outbox";
import { workApi } from "../api/workApi";
import { ReviewSession } from "../session/reviewSession";
import { AlikeDialog } from "./AlikeDialog";
import { CanvasNotes } from "./CanvasNotes";
import { ClassesGoneDialog } from "./ClassesGoneDialog";
import { ClassSearch } from "./ClassSearch";
import { ConflictDialog } from "./ConflictDialog";
import { Footer } from "./Footer";
import { LiveRegion } from "./LiveRegion";
import { OutboxDialog } from "./OutboxDialog";
import { Palette } from "./Palette";
import { QueueEmpty } from "./QueueEmpty";
import styles from "./ReviewDesk.module.css";
import { ReportDialog, SkipDialog } from "./reasonDialogs";
import { ShortcutPage } from "./ShortcutPage";
import { Suggestions } from "./Suggestions";
import { ToolStrip } from "./ToolStrip";
import { TopBar } from "./TopBar";

interface ReviewDeskProps {
  project: Project;
  outbox: Outbox;
}

const PROJECT_MS = 30_000;

function useReviewSession(project: Project, outbox: Outbox): ReviewSession | null {
  const [session, setSession] = useState<ReviewSession | null>(null);
  const [search, setSearch] = useSearchParams();
  // The address is read once: afterwards it follows the item in hand.
  const [firstItem] = useState(() => Number(search.get("item")) || null);
  // The project as it was when the page opened; later label changes are passed on below.
  const [firstProject] = useState(project);

  // A new function with every address; the session must not be made anew for it.
  const client = useQueryClient();
  const address = useRef(setSearch);
  address.current = setSearch;

  useEffect(() => {
    const onItem = (id: number | null) =>
      address.current(id === null ? {} : { item: String(id) }, { replace: true });
    const fresh = new ReviewSession({ project: firstProject, api: workApi, outbox, onItem });
    fresh.start(firstItem);
    setSession(fresh);
    return () => {
      fresh.stop();
      // What the other pages count has changed.
      void client.invalidateQueries({ queryKey: keys.project(firstProject.id) });
    };
  }, [firstProject, firstItem, outbox, client]);

  useEffect(() => session?.projectChanged(project), [session, project]);

  // A lead may change the classes at any time; found out only at a submit, it would be a refusal.
  useEffect(() => {
    const look = () =>
      void client.invalidateQueries({ queryKey: keys.project(firstProject.id), exact: true });
    const timer = window.setInterval(look, PROJECT_MS);
    return () => window.clearInterval(timer);
  }, [client, firstProject]);
  return session;
}

/** The precision asked for names a threshold that is not used here; the curve beside it is the same for all. */
const ASKED_PRECISION = 0.95;

/** How right the guesses were by score. Measured over thousands of pictures: asked for once a sitting. */
function useEstimate(session: ReviewSession | null, projectId: number): void {
  const estimate = useQuery({
    queryKey: keys.estimate(projectId, ASKED_PRECISION),
    queryFn: ({ signal }) =>
      api.get<ThresholdEstimate>(`/api/projects/${projectId}/thresholds/estimate/`, {
        query: { precision: ASKED_PRECISION },
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    if (estimate.data !== undefined) session?.setEstimate(estimate.data);
  }, [session, estimate.data]);
}

export function ReviewDesk({ project, outbox }: ReviewDeskProps) {
  const session = useReviewSession(project, outbox);
  useEstimate(session, project.id);
  return session === null ? null : <Workplace session={session} project={project} />;
}

function Workplace({ session, project }: { session: ReviewSession; project: Project }) {
  const { t } = useTranslation("review");
  const phase = useStore(session.view, (view) => view.phase);
  const editor = EDITORS[project.task_type as EditorSlug];
  useKeptKeys();

  useEffect(() => {
    const free = () =>
      session.view.getState().dialog === null && document.querySelector("[role=dialog]") === null;
    const preferences = () => keyStore.getState().preferences;
    const stop = listenToKeys(COMMANDS, editor.slug, session, free, preferences);
    const acted = () => session.acted();
    window.addEventListener("keydown", acted);
    window.addEventListener("pointerdown", acted);
    return () => {
      stop();
      window.removeEventListener("keydown", acted);
      window.removeEventListener("pointerdown", acted);
    };
  }, [session, editor]);

  // After a click on a button the keys belong to the canvas again; Tab users keep their place.
  const backToCanvas = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    if (event.detail > 0 && target.closest("input:not([type=range]), textarea, [role=dialog]") === null)
      session.focusCanvas();
  };

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <main className={styles.desk} onClick={backToCanvas}>
      <TopBar session={session} project={project} />
      {phase === "empty" ? (
        <QueueEmpty session={session} project={project} />
      ) : (
        <>
          <ToolStrip session={session} tools={session.tools} />
          <div className={styles.canvas}>
            <editor.Workspace desk={session} />
            <CanvasNotes session={session} />
          </div>
          <aside className={styles.panel} aria-label={t("page.panel")}>
            <Suggestions session={session} />
            <editor.Panel desk={session} />
            <Footer session={session} asksUnchecked={editor.asksUnchecked} />
          </aside>
        </>
      )}
      <LiveRegion session={session} />
      <ClassSearch session={session} />
      <AlikeDialog session={session} />
      <Palette session={session} editor={editor.slug} />
      <ShortcutPage session={session} editor={editor.slug} />
      <SkipDialog session={session} />
      <ReportDialog session={session} />
      <OutboxDialog session={session} />
      <ConflictDialog session={session} />
      <ClassesGoneDialog session={session} />
    </main>
  );
}
