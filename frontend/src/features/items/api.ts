import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ApiError, api, type Item, type Page, type Work } from "@/lib/api";
import { keys } from "@/lib/queries";

export interface ItemFilter {
  state: string;
  split: string;
  class: string;
  q: string;
}

const PAGE_SIZE = 60;

export function useItems(projectId: number, filter: ItemFilter) {
  return useInfiniteQuery<Page<Item>, ApiError, Item[], readonly unknown[], number>({
    queryKey: keys.items(projectId, filter),
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<Item>>(`/api/projects/${projectId}/items/`, {
        query: { ...filter, after: pageParam || undefined, limit: PAGE_SIZE },
        signal,
      }),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.next ? Number(page.next) : undefined),
    select: ({ pages }) => pages.flatMap(({ results }) => results),
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
