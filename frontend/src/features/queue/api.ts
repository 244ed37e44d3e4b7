import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ApiError, api, type Dashboard } from "@/lib/api";
import { keys } from "@/lib/queries";

/** The dashboard's numbers hold the open queue entries by reason. */
export function useWaiting(projectId: number) {
  return useQuery<Dashboard, ApiError>({
    queryKey: keys.dashboard(projectId),
    queryFn: ({ signal }) => api.get<Dashboard>(`/api/projects/${projectId}/dashboard/`, { signal }),
  });
}

/** Takes back every auto-accept that nobody has looked at; people see those items first. */
export function useRevertAuto(projectId: number) {
  const client = useQueryClient();
  return useMutation<{ items: number }, ApiError, void>({
    mutationFn: () => api.post(`/api/projects/${projectId}/items/revert/`, {}),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.project(projectId) });
      void client.invalidateQueries({ queryKey: keys.dashboard(projectId) });
      void client.invalidateQueries({ queryKey: ["items"] });
    },
  });
}
