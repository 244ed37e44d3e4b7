import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ApiError, api, type Dashboard, type Page } from "@/lib/api";
import { keys } from "@/lib/queries";

/** How many wait, by reason. */
export function useWaiting(projectId: number) {
  return useQuery<Pick<Dashboard, "waiting" | "computed_at">, ApiError>({
    queryKey: [...keys.dashboard(projectId), "waiting"],
    queryFn: ({ signal }) =>
      api.get(`/api/projects/${projectId}/dashboard/`, { query: { tile: "waiting" }, signal }),
  });
}

export interface Holder {
  user: { id: number; name: string };
  held: number;
  first_until: string;
  last_until: string;
  /** At most 200 in all. */
  items: { id: number; name: string }[];
}

/** Who works on what now; asked again every 20 s, since leases come and go by themselves. */
export function useHolders(projectId: number, allowed: boolean) {
  return useQuery<Holder[], ApiError>({
    queryKey: [...keys.dashboard(projectId), "holders"],
    queryFn: async ({ signal }) =>
      (await api.get<Page<Holder>>(`/api/projects/${projectId}/holders/`, { signal })).results,
    enabled: allowed,
    refetchInterval: 20_000,
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
