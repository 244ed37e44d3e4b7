import { useInfiniteQuery } from "@tanstack/react-query";
import { type ApiError, type AuditEvent, api, type Page } from "@/lib/api";
import { keys } from "@/lib/queries";

/** Newest first; each page starts before the last id of the one above. */
export function useAudit(projectId: number) {
  return useInfiniteQuery<Page<AuditEvent>, ApiError, AuditEvent[], readonly unknown[], number>({
    queryKey: keys.audit(projectId),
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<AuditEvent>>(`/api/projects/${projectId}/audit/`, {
        query: { before: pageParam || undefined },
        signal,
      }),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.next ? Number(page.next) : undefined),
    select: ({ pages }) => pages.flatMap(({ results }) => results),
  });
}
