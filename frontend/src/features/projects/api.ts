import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  type ApiError,
  api,
  type Dashboard,
  type LabelClass,
  type Project,
  type Run,
  type TaskTypeSlug,
  type ThresholdEstimate,
} from "@/lib/api";
import { keys } from "@/lib/queries";

export interface NewLabel {
  name: string;
  name_zh: string;
  color: string;
}

export interface NewProject {
  name: string;
  description: string;
  task_type: TaskTypeSlug;
  classes: NewLabel[];
}

export function useCreateProject() {
  const client = useQueryClient();
  return useMutation<Project, ApiError, NewProject>({
    mutationFn: (body) => api.post<Project>("/api/projects/", body),
    onSuccess: (project) => {
      client.setQueryData(keys.project(project.id), project);
      void client.invalidateQueries({ queryKey: keys.projects, exact: true });
    },
  });
}

export type ProjectChange = Partial<
  Pick<
    Project,
    | "name"
    | "description"
    | "show_threshold"
    | "accept_threshold"
    | "thresholds_calibrated"
    | "accept_found"
    | "submit_unchecked"
    | "spot_check_rate"
  >
>;

export function useEditProject(project: Project) {
  const client = useQueryClient();
  return useMutation<Project, ApiError, ProjectChange>({
    mutationFn: (change) =>
      api.patch<Project>(`/api/projects/${project.id}/`, change, { ifMatch: project.revision }),
    onSuccess: (updated) => {
      client.setQueryData(keys.project(project.id), updated);
      void client.invalidateQueries({ queryKey: keys.projects, exact: true });
    },
    onError: (error) => {
      if (error.code === "stale_revision")
        void client.invalidateQueries({ queryKey: keys.project(project.id) });
    },
  });
}

interface Found {
  classes: Record<string, { threshold: number | null } | null>;
}

/** Accept by what reviewed items support at a precision; the classes' thresholds change with it. */
export function useFoundThresholds(projectId: number) {
  const client = useQueryClient();
  return useMutation<Found, ApiError, number>({
    mutationFn: (target) => api.post<Found>(`/api/projects/${projectId}/thresholds/found/`, { target }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.project(projectId), exact: true }),
  });
}

export const TILES = ["off", "auto", "size"] as const;
export const COMMITTEES = ["off", "views", "variants"] as const;

/** How pictures are looked at; `members` are the models that a committee of variants has now. */
export interface Guessing {
  tiles: (typeof TILES)[number];
  tile_size: number;
  tile_overlap: number;
  committee: (typeof COMMITTEES)[number];
  members: string[];
}

export function useGuessing(projectId: number) {
  return useQuery<Guessing, ApiError>({
    queryKey: keys.guessing(projectId),
    queryFn: ({ signal }) => api.get<Guessing>(`/api/projects/${projectId}/guessing/`, { signal }),
  });
}

export function useChooseGuessing(projectId: number) {
  const client = useQueryClient();
  return useMutation<Guessing, ApiError, Omit<Guessing, "members">>({
    mutationFn: (body) => api.put<Guessing>(`/api/projects/${projectId}/guessing/`, body),
    onSuccess: (chosen) => client.setQueryData(keys.guessing(projectId), chosen),
  });
}

export type LabelChange = Partial<Omit<LabelClass, "id" | "index">>;

export function useAddLabel(projectId: number) {
  const client = useQueryClient();
  return useMutation<LabelClass, ApiError, NewLabel>({
    mutationFn: (label) => api.post<LabelClass>(`/api/projects/${projectId}/labels/`, label),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.project(projectId), exact: true }),
  });
}

export function useEditLabel(projectId: number) {
  const client = useQueryClient();
  return useMutation<LabelClass, ApiError, { id: number; change: LabelChange }>({
    mutationFn: ({ id, change }) => api.patch<LabelClass>(`/api/labels/${id}/`, change),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.project(projectId), exact: true }),
  });
}

export type TileName = Exclude<keyof Dashboard, "computed_at">;

/** How far back and at whose guesses a lead looks. */
export interface Look {
  days?: number;
  source?: string;
}

/** One tile of the dashboard: each is asked for by itself, so that none waits for another. Old numbers stay meanwhile. */
export function useTile<Name extends TileName>(projectId: number, tile: Name, look: Look = {}) {
  return useQuery<Pick<Dashboard, Name | "computed_at">, ApiError>({
    queryKey: [...keys.dashboard(projectId), tile, look],
    queryFn: ({ signal }) =>
      api.get(`/api/projects/${projectId}/dashboard/`, { query: { tile, ...look }, signal }),
    placeholderData: keepPreviousData,
  });
}

/** The accept threshold that would have kept `precision` of the guesses right, by what people reviewed. */
export function useThresholdEstimate(projectId: number, precision: number) {
  return useQuery<ThresholdEstimate, ApiError>({
    queryKey: keys.estimate(projectId, precision),
    queryFn: ({ signal }) =>
      api.get<ThresholdEstimate>(`/api/projects/${projectId}/thresholds/estimate/`, {
        query: { precision },
        signal,
      }),
  });
}

export function usePredict(projectId: number) {
  return useMutation<Run, ApiError, { scope: "unreviewed" | "new" }>({
    mutationFn: (body) => api.post<Run>(`/api/projects/${projectId}/predict/`, body),
  });
}
