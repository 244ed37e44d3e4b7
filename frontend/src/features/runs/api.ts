import { useQuery } from "@tanstack/react-query";
import { type ApiError, api, type Page, type Run, type Trial } from "@/lib/api";
import { isFinished, keys } from "@/lib/queries";

export interface RunFilter {
  kind: string;
  state: string;
}

/** The runs of a project, newest first; asked again every 5 s while one of them goes on. */
export function useRuns(projectId: number, filter: RunFilter) {
  return useQuery<Run[], ApiError>({
    queryKey: keys.runs(projectId, filter),
    queryFn: async ({ signal }) =>
      (await api.get<Page<Run>>(`/api/projects/${projectId}/runs/`, { query: { ...filter }, signal }))
        .results,
    refetchInterval: ({ state }) => (state.data?.some((run) => !isFinished(run)) ? 5_000 : false),
  });
}

/** What a search has tried so far; asked again with every look at its run while that goes on. */
export function useTrials(run: Run) {
  const live = !isFinished(run);
  return useQuery<Trial[], ApiError>({
    queryKey: [...keys.trials(run.id), live ? "live" : "done"],
    enabled: run.kind === "compress",
    queryFn: async ({ signal }) =>
      (await api.get<Page<Trial>>(`/api/runs/${run.id}/trials/`, { signal })).results,
    refetchInterval: live ? 5_000 : false,
  });
}
