import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ApiError, api, type DatasetVersion } from "@/lib/api";
import { keys } from "@/lib/queries";

export function useFreeze(projectId: number) {
  const client = useQueryClient();
  return useMutation<DatasetVersion, ApiError, { note: string; include_auto: boolean }>({
    mutationFn: (body) => api.post<DatasetVersion>(`/api/projects/${projectId}/versions/`, body),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.project(projectId) }),
  });
}
