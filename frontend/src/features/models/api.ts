import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ApiError, api, type Deployment, type ModelList, type Run, upload } from "@/lib/api";
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
  return useMutation<Deployment, ApiError, { variantId: number; reason: string }>({
    mutationFn: ({ variantId, reason }) =>
      api.post<Deployment>(`/api/variants/${variantId}/deploy/`, { reason }),
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
