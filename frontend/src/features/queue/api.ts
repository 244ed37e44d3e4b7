import { useQuery } from "@tanstack/react-query";
import { type ApiError, api, type Dashboard } from "@/lib/api";
import { keys } from "@/lib/queries";

/** The dashboard's numbers hold the open queue entries by reason. */
export function useWaiting(projectId: number) {
  return useQuery<Dashboard, ApiError>({
    queryKey: keys.dashboard(projectId),
    queryFn: ({ signal }) => api.get<Dashboard>(`/api/projects/${projectId}/dashboard/`, { signal }),
  });
}
