import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type ApiError, api, type Run, type RunEvent, type RunEvents } from "@/lib/api";
import { keys } from "./keys";

export interface RunStory {
  run: Run;
  events: RunEvent[];
}

const FINISHED = new Set<Run["state"]>(["succeeded", "failed", "cancelled"]);
/** The server sends at most this many events at once. */
const PAGE = 500;
const KEPT = 5000;

export function isFinished(run: Pick<Run, "state">): boolean {
  return FINISHED.has(run.state);
}

async function readStory(runId: number, known: RunEvent[], signal: AbortSignal): Promise<RunStory> {
  let events = known;
  for (;;) {
    const after = events[events.length - 1]?.seq ?? 0;
    const page = await api.get<RunEvents>(`/api/runs/${runId}/events/`, { query: { after }, signal });
    events = [...events, ...page.results].slice(-KEPT);
    if (page.results.length < PAGE) return { run: page.run, events };
  }
}

/** A run and its story: asked every 2 s while it goes on (10 s in a hidden tab), and no more once it ended. */
export function useRun(runId: number | null) {
  const client = useQueryClient();
  const key = keys.run(runId ?? 0);
  const query = useQuery<RunStory, ApiError>({
    queryKey: key,
    enabled: runId !== null,
    queryFn: ({ signal }) => readStory(runId ?? 0, client.getQueryData<RunStory>(key)?.events ?? [], signal),
    refetchInterval: ({ state }) => {
      if (state.data && isFinished(state.data.run)) return false;
      return document.hidden ? 10_000 : 2_000;
    },
    refetchIntervalInBackground: true,
  });
  const finished = query.data ? isFinished(query.data.run) : false;
  const projectId = query.data?.run.project_id ?? null;

  useEffect(() => {
    // What a run wrote (items, models, counts) is old on every page at once.
    if (finished && projectId !== null) void client.invalidateQueries({ queryKey: keys.project(projectId) });
  }, [finished, projectId, client]);

  return query;
}

/** Stops a run, or queues it again: from its checkpoint, or from `stage` on anew. */
export function useRunAction(runId: number, action: "cancel" | "retry") {
  const client = useQueryClient();
  return useMutation<Run, ApiError, string | undefined>({
    mutationFn: (stage) =>
      api.post<Run>(`/api/runs/${runId}/${action}/`, stage === undefined ? undefined : { stage }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.run(runId) }),
  });
}
