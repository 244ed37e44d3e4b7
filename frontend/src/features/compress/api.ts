import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  type ApiError,
  api,
  type CompressEstimate,
  type CompressOptions,
  type CompressOrder,
  type Run,
} from "@/lib/api";
import { keys } from "@/lib/queries";

interface OptionsFilter {
  version_id?: string;
  dataset_version_id?: string;
}

/** Everything that the wizard offers, for the chosen model and data. */
export function useCompressOptions(projectId: number, filter: OptionsFilter) {
  return useQuery<CompressOptions, ApiError>({
    queryKey: keys.compressOptions(projectId, filter),
    queryFn: ({ signal }) =>
      api.get<CompressOptions>(`/api/projects/${projectId}/compress/options/`, {
        query: { ...filter },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
}

/** How long, how large, how far back in the queue; null = the draft is not worth asking about yet. */
export function useEstimate(projectId: number, order: CompressOrder | null) {
  return useQuery<CompressEstimate, ApiError>({
    queryKey: keys.compressEstimate(projectId, order ?? {}),
    enabled: order !== null,
    queryFn: ({ signal }) =>
      api.post<CompressEstimate>(`/api/projects/${projectId}/compress/estimate/`, order, { signal }),
    // The queue moves and the disk fills while the page stands open.
    refetchInterval: 30_000,
    retry: false,
  });
}

export function useStartCompress(projectId: number, idempotencyKey: string) {
  const client = useQueryClient();
  return useMutation<Run, ApiError, CompressOrder>({
    mutationFn: (order) => api.post<Run>(`/api/projects/${projectId}/compress/`, order, { idempotencyKey }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.project(projectId) }),
  });
}
