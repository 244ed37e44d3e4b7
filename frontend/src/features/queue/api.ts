import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  type ApiError,
  api,
  type Dashboard,
  type Page,
  type QueueReason,
  type Run,
  type Why,
} from "@/lib/api";
import { keys } from "@/lib/queries";
import { randomUuid } from "@/lib/uuid";

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

/** How the queue is ordered, what comes next and why, and whether more labels still help. */
export interface QueueTold {
  order: {
    strategy: string;
    budget: number;
    rule: string;
    last: { chosen?: number; without?: string[]; at?: string };
  };
  strategies: { slug: string; label: string; needs: string[] }[];
  model: string | null;
  next: { id: number; name: string; reason: QueueReason; why: Why | null; thumbnail_url: string }[];
  flat: { labels_from: number; labels_to: number; gain: number } | null;
}

export function useQueueTold(projectId: number) {
  return useQuery<QueueTold, ApiError>({
    queryKey: [...keys.project(projectId), "queue"],
    queryFn: ({ signal }) => api.get(`/api/projects/${projectId}/queue/`, { signal }),
  });
}

/** Keeps the choice and puts the queue in that order. */
export function useOrderQueue(projectId: number) {
  return useMutation<Run, ApiError, { strategy: string; budget: number; rule: string }>({
    mutationFn: (choice) =>
      api.post<Run>(`/api/projects/${projectId}/queue/order/`, choice, {
        idempotencyKey: randomUuid(),
      }),
  });
}
