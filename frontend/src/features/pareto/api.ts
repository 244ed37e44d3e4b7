import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ApiError, api, type ParetoData, type Run, type VariantComparison } from "@/lib/api";
import { keys } from "@/lib/queries";

export function usePareto(projectId: number, filter: { dataset_version_id: string; device_id: string }) {
  return useQuery<ParetoData, ApiError>({
    queryKey: keys.pareto(projectId, filter),
    queryFn: ({ signal }) =>
      api.get<ParetoData>(`/api/projects/${projectId}/pareto/`, { query: { ...filter }, signal }),
    placeholderData: keepPreviousData,
  });
}

/** `variantId` against `otherId` on the same items; null = nothing to compare with. */
export function useComparison(variantId: number | null, otherId: number | null) {
  return useQuery<VariantComparison, ApiError>({
    queryKey: keys.comparison(variantId ?? 0, otherId ?? 0),
    enabled: variantId !== null && otherId !== null && variantId !== otherId,
    queryFn: ({ signal }) =>
      api.get<VariantComparison>(`/api/variants/${variantId}/compare/${otherId}/`, { signal }),
    staleTime: 5 * 60_000,
  });
}

/** Measures variants on a device, one run each. */
export function useMeasure(projectId: number) {
  const client = useQueryClient();
  return useMutation<Run[], ApiError, { variantIds: number[]; deviceId: number | null }>({
    mutationFn: async ({ variantIds, deviceId }) => {
      const runs: Run[] = [];
      for (const id of variantIds)
        runs.push(await api.post<Run>(`/api/variants/${id}/benchmark/`, { device_id: deviceId }));
      return runs;
    },
    onSuccess: () => client.invalidateQueries({ queryKey: keys.project(projectId) }),
  });
}
