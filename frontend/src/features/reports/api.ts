import { useQuery } from "@tanstack/react-query";
import { type ApiError, api, type ModelList, type VariantReport } from "@/lib/api";
import { keys } from "@/lib/queries";

export function useReport(variantId: number, split: string) {
  return useQuery<VariantReport, ApiError>({
    queryKey: keys.report(variantId, split),
    queryFn: ({ signal }) =>
      api.get<VariantReport>(`/api/variants/${variantId}/report/`, { query: { split }, signal }),
    retry: (count, error) => error.transient && count < 2,
  });
}

/** What the variant is called: the report knows only its number. */
export function useVariantName(projectId: number, variantId: number): string {
  const models = useQuery<ModelList, ApiError>({
    queryKey: keys.models(projectId),
    queryFn: ({ signal }) => api.get<ModelList>(`/api/projects/${projectId}/models/`, { signal }),
  });
  for (const { name, number, variants } of models.data?.results ?? []) {
    const found = variants.find(({ id }) => id === variantId);
    if (found) return `${name} v${number} ${found.precision}`;
  }
  return `#${variantId}`;
}
