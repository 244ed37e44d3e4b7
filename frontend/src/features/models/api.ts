import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  type ApiError,
  api,
  type Checklist,
  type CompressOptions,
  type Deployment,
  type Device,
  type ModelList,
  type Page,
  type Run,
  type TargetInfo,
  upload,
} from "@/lib/api";
import { keys } from "@/lib/queries";

export function useModels(projectId: number) {
  return useQuery<ModelList, ApiError>({
    queryKey: keys.models(projectId),
    queryFn: ({ signal }) => api.get<ModelList>(`/api/projects/${projectId}/models/`, { signal }),
  });
}

export interface RetrainOrder {
  version_id: number | null;
  base: string | null;
  preset: "quick" | "normal";
  epochs: number | null;
  image_size: number | null;
  minutes: number | null;
  seed: number;
  deploy_if_passed: boolean;
}

export function useRetrain(projectId: number, idempotencyKey: string) {
  return useMutation<Run, ApiError, RetrainOrder>({
    mutationFn: (order) => api.post<Run>(`/api/projects/${projectId}/retrain/`, order, { idempotencyKey }),
  });
}

export function useDeploy(projectId: number) {
  const client = useQueryClient();
  return useMutation<Deployment, ApiError, { variantId: number; reason: string; override: boolean }>({
    mutationFn: ({ variantId, ...body }) => api.post<Deployment>(`/api/variants/${variantId}/deploy/`, body),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.project(projectId) }),
  });
}

export function useRollback(projectId: number) {
  const client = useQueryClient();
  return useMutation<Deployment, ApiError, { reason: string }>({
    mutationFn: (body) => api.post<Deployment>(`/api/projects/${projectId}/rollback/`, body),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.project(projectId) }),
  });
}

export function useImportModel(projectId: number) {
  return useMutation<Run, ApiError, { manifest: File; model: File }>({
    mutationFn: ({ manifest, model }) => {
      const form = new FormData();
      form.set("manifest", manifest);
      form.set("model", model);
      return upload<Run>(`/api/projects/${projectId}/models/`, form);
    },
  });
}

/** What to have seen before a variant is deployed. */
export function useChecklist(variantId: number) {
  return useQuery<Checklist, ApiError>({
    queryKey: keys.checklist(variantId),
    queryFn: ({ signal }) => api.get<Checklist>(`/api/variants/${variantId}/checklist/`, { signal }),
    retry: false,
  });
}

export function useDevices() {
  return useQuery<Device[], ApiError>({
    queryKey: keys.devices,
    queryFn: async ({ signal }) => (await api.get<Page<Device>>("/api/devices/", { signal })).results,
  });
}

/** What a variant can be exported to here. */
export function useTargets(projectId: number) {
  return useQuery<TargetInfo[], ApiError>({
    queryKey: keys.compressOptions(projectId, { for: "targets" }),
    queryFn: async ({ signal }) =>
      (await api.get<CompressOptions>(`/api/projects/${projectId}/compress/options/`, { signal })).targets,
  });
}

export function useExport(variantId: number, idempotencyKey: string) {
  return useMutation<Run, ApiError, { targets: string[] }>({
    mutationFn: (body) => api.post<Run>(`/api/variants/${variantId}/export/`, body, { idempotencyKey }),
  });
}

/** Judges a variant on the newest frozen data; one key for all sendings of one wish. */
export function useEvaluate(variantId: number, idempotencyKey: string) {
  return useMutation<Run, ApiError, void>({
    mutationFn: () => api.post<Run>(`/api/variants/${variantId}/evaluate/`, {}, { idempotencyKey }),
  });
}

export function useBenchmark(variantId: number, idempotencyKey: string) {
  return useMutation<Run, ApiError, { device_id: number | null }>({
    mutationFn: (body) => api.post<Run>(`/api/variants/${variantId}/benchmark/`, body, { idempotencyKey }),
  });
}
