import { useQuery } from "@tanstack/react-query";
import {
  type ApiError,
  api,
  type CompressResult,
  type ModelList,
  type Page,
  type Run,
  type Trial,
  type VariantReport,
} from "@/lib/api";
import { isFinished, keys } from "@/lib/queries";

export interface RunFilter {
  kind: string;
  state: string;
}

/** The runs of a project, newest first; asked again every 5 s while one of them goes on. */
export function useRuns(projectId: number, filter: RunFilter) {
  return useQuery<Run[], ApiError>({
    queryKey: keys.runs(projectId, filter),
    queryFn: async ({ signal }) =>
      (await api.get<Page<Run>>(`/api/projects/${projectId}/runs/`, { query: { ...filter }, signal }))
        .results,
    refetchInterval: ({ state }) => (state.data?.some((run) => !isFinished(run)) ? 5_000 : false),
  });
}

/** What a search has tried so far; asked again with every look at its run while that goes on. */
export function useTrials(run: Run) {
  const live = !isFinished(run);
  return useQuery<Trial[], ApiError>({
    queryKey: [...keys.trials(run.id), live ? "live" : "done"],
    enabled: run.kind === "compress",
    queryFn: async ({ signal }) =>
      (await api.get<Page<Trial>>(`/api/runs/${run.id}/trials/`, { signal })).results,
    refetchInterval: live ? 5_000 : false,
  });
}

/** Id of the model that a compression was asked to begin with; null where it trains one first. */
function versionOf({ params }: Run): number | null {
  const id = (params.source as { model_version_id?: unknown } | undefined)?.model_version_id;
  return typeof id === "number" ? id : null;
}

/**
 * The model that a compression began with: its size while the run goes on, and what the run measured of it at its end.
 * Quality is that on val, as for the steps: the table of the result has it on test.
 */
export function useSource(projectId: number, run: Run) {
  const result = run.result as CompressResult | null;
  const [row, variantId, versionId] = [result?.table?.[0], result?.source_variant_id ?? null, versionOf(run)];
  const models = useQuery<ModelList, ApiError>({
    queryKey: keys.models(projectId),
    enabled: !row && versionId !== null,
    queryFn: ({ signal }) => api.get<ModelList>(`/api/projects/${projectId}/models/`, { signal }),
  });
  const report = useQuery<VariantReport, ApiError>({
    queryKey: keys.report(variantId ?? 0, "val"),
    enabled: variantId !== null,
    queryFn: ({ signal }) =>
      api.get<VariantReport>(`/api/variants/${variantId}/report/`, { query: { split: "val" }, signal }),
    retry: (count, error) => error.transient && count < 2,
  });
  if (row?.size_bytes) {
    const { metrics, metric, run_id } = report.data ?? {};
    // A later run may have judged it again, on other pictures.
    const value = metric && run_id === run.id ? metrics?.[metric] : null;
    return {
      size_bytes: row.size_bytes,
      metric: typeof value === "number" ? value : null,
      latency_ms: row.latency_p20_ms,
    };
  }
  const known = models.data?.results.find(({ id }) => id === versionId)?.variants ?? [];
  const variant = known.find(({ precision }) => precision === "fp32") ?? known[0];
  return variant ? { size_bytes: variant.size_bytes, metric: null, latency_ms: null } : null;
}
