import { useQuery } from "@tanstack/react-query";
import { type ApiError, api, type DatasetVersion, type Page } from "@/lib/api";
import { keys } from "./keys";

export function useVersions(projectId: number) {
  return useQuery<DatasetVersion[], ApiError>({
    queryKey: keys.versions(projectId),
    queryFn: async ({ signal }) =>
      (await api.get<Page<DatasetVersion>>(`/api/projects/${projectId}/versions/`, { signal })).results,
  });
}
