import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Button, Dialog, FormError, RunProgress, toast } from "@/components";
import type { ApiError, Run } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { isFinished, keys } from "@/lib/queries";
import { type Labelled, type Like, startSearch, stopSearch, takeBack, useSearch } from "../api/alike";
import type { ReviewSession } from "../session/reviewSession";
import { AlikeChoice } from "./AlikeChoice";
import styles from "./dialogs.module.css";
import { useFocusBack } from "./useFocusBack";

/** Searches what waits for what looks like the selected object or this picture, and gives it a class at once. */
export function AlikeDialog({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("alike");
  const open = useStore(session.view, (view) => view.dialog === "alike");
  // Kept while the page is open: what was labelled last can be taken back in one step.
  const [last, setLast] = useState<Labelled | null>(null);
  const back = useTakeBack(session, () => setLast(null));
  return (
    <Dialog
      open={open}
      onOpenChange={() => session.closeDialog()}
      title={t("title")}
      description={t(session.project.task_type === "object_detection" ? "about_objects" : "about_pictures")}
      wide
    >
      {open ? (
        <div className={styles.stack}>
          {last === null ? null : (
            <div className={styles.actions}>
              <Button disabled={back.isPending} onClick={() => back.mutate(last)}>
                {t("take_back", { count: last.count })}
              </Button>
            </div>
          )}
          <Search
            session={session}
            labelled={(done) => {
              setLast(done);
              session.closeDialog();
              toast({
                message: t("done", { count: done.count }),
                tone: "good",
                duration_ms: 20_000,
                undo: () => back.mutate(done),
              });
            }}
          />
        </div>
      ) : null}
    </Dialog>
  );
}

function useTakeBack(session: ReviewSession, after: () => void) {
  const { t } = useTranslation("alike");
  const client = useQueryClient();
  const { id } = session.project;
  return useMutation<number, ApiError, Labelled>({
    mutationFn: (what) => takeBack(id, what),
    onSuccess: (left) => {
      after();
      void client.invalidateQueries({ queryKey: keys.project(id) });
      toast(
        left > 0
          ? { message: t("taken_back_but", { count: left }) }
          : { message: t("taken_back"), tone: "good" },
      );
    },
    onError: (error) => toast({ message: errorText(error), tone: "bad" }),
  });
}

/** What is selected now: the object's box, or the whole picture; null where a box is needed and none selected. */
function useLike(session: ReviewSession): { like: Like; classId: number | null } | null {
  const itemId = useStore(session.view, (view) => view.itemId);
  const next = useStore(session.view, (view) => view.nextClassId);
  const { doc, selectedId } = useStore(session.document.store);
  if (itemId === null) return null;
  if (session.project.task_type === "image_classification") {
    const said = Object.values(doc.regions).find((one) => one.kind === "class" && one.state !== "rejected");
    return { like: { itemId, bbox: null }, classId: said?.classId ?? next };
  }
  const region = selectedId === null ? undefined : doc.regions[selectedId];
  return region?.bbox == null ? null : { like: { itemId, bbox: region.bbox }, classId: region.classId };
}

function Search({ session, labelled }: { session: ReviewSession; labelled: (done: Labelled) => void }) {
  const { t } = useTranslation("alike");
  // As it was when the dialog opened: the question does not change under the answer.
  const now = useLike(session);
  const [asked] = useState(now);
  useFocusBack(session);
  const start = useMutation<Run, ApiError, Like>({
    mutationFn: (like) => startSearch(session.project.id, like),
  });
  const { mutate } = start;
  useEffect(() => {
    if (asked !== null) mutate(asked.like);
  }, [asked, mutate]);
  const search = useSearch(session.project.id, start.data?.id ?? null);
  const run = search.data?.run ?? start.data;
  useStopWhenLeft(run);
  if (asked === null) return <p>{t("select_first")}</p>;
  if (start.error) return <FormError error={start.error} />;
  if (search.data === undefined || run === undefined || !isFinished(run)) {
    return run === undefined ? <p>{t("starting")}</p> : <RunProgress run={run} />;
  }
  if (run.state !== "succeeded") {
    return <p role="alert">{run.error ? errorText(run.error) : t("stopped")}</p>;
  }
  return (
    <AlikeChoice session={session} search={search.data} firstClass={asked.classId} labelled={labelled} />
  );
}

/** Nobody waits for a search whose dialog was closed. */
function useStopWhenLeft(run: Run | undefined): void {
  const going = useRef<number | null>(null);
  going.current = run !== undefined && !isFinished(run) ? run.id : null;
  useEffect(
    () => () => {
      if (going.current !== null) stopSearch(going.current);
    },
    [],
  );
}
