import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { type ApiError, api, type Item, type Page, type QueueReason, type Run, type Work } from "@/lib/api";
import { keys } from "@/lib/queries";
import { randomUuid } from "@/lib/uuid";
import type { ItemFilter, Order, View } from "./search";

/** A row of the explorer: an item, and why it waits where it does. */
export type Row = Item & { reason: QueueReason | null; dataset_id: number };

export interface Bar {
  n: number;
  waiting: number;
}

export interface Summary {
  bins: Bar[];
  no_guess: Bar;
  /** What fits, score included. */
  items: number;
  waiting: number;
  review: { median_ms: number | null; submits: number; needed: number };
  datasets: { id: number; name: string }[];
  computed_at: string;
}

export type BulkAction = "return" | "revert";

const PAGE_SIZE: Record<View, number> = { grid: 60, table: 200 };

export function useItems(projectId: number, filter: ItemFilter, order: Order, view: View) {
  const limit = PAGE_SIZE[view];
  return useInfiniteQuery<Page<Row>, ApiError, Row[], readonly unknown[], string>({
    queryKey: keys.items(projectId, { ...filter, order, limit }),
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<Row>>(`/api/projects/${projectId}/items/`, {
        query: { ...filter, order: order === "oldest" ? "" : order, after: pageParam, limit },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => (page.next ? String(page.next) : undefined),
    select: ({ pages }) => pages.flatMap(({ results }) => results),
  });
}

/** Bars by score and how much fits; the old ones stay until the new ones are there. */
export function useSummary(projectId: number, filter: ItemFilter) {
  return useQuery<Summary, ApiError>({
    queryKey: keys.items(projectId, { ...filter, summary: true }),
    queryFn: ({ signal }) =>
      api.get<Summary>(`/api/projects/${projectId}/items/summary/`, { query: { ...filter }, signal }),
    placeholderData: keepPreviousData,
  });
}

export function useItem(itemId: number | null) {
  return useQuery<Work, ApiError>({
    queryKey: keys.item(itemId ?? 0),
    queryFn: ({ signal }) => api.get<Work>(`/api/items/${itemId}/`, { signal }),
    enabled: itemId !== null,
  });
}

/** Sends items to people again. */
export function useReturnItems(projectId: number) {
  const client = useQueryClient();
  return useMutation<{ items: number }, ApiError, number[]>({
    mutationFn: (ids) => api.post(`/api/projects/${projectId}/items/return/`, { item_ids: ids }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.project(projectId) });
      void client.invalidateQueries({ queryKey: ["items"] });
    },
  });
}

/** One action for all items that fit, as a run; sent twice with one key it is still one. */
export function useBulk(projectId: number) {
  return useMutation<Run, ApiError, { action: BulkAction; filter: ItemFilter; key: string }>({
    mutationFn: ({ action, filter, key }) =>
      api.post<Run>(`/api/projects/${projectId}/items/bulk/`, { action, filter }, { idempotencyKey: key }),
  });
}

/** For one action, sent however often. */
export const newKey = randomUuid;
