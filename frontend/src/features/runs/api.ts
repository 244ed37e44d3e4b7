import { useQuery } from "@tanstack/react-query";
import { type ApiError, api, type Page, type Run } from "@/lib/api";
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
