import { useQuery } from "@tanstack/react-query";
import { type ApiError, api, type Capability, type Page, type Project } from "@/lib/api";
import { keys } from "./keys";

export function useProjects() {
  return useQuery<Project[], ApiError>({
    queryKey: keys.projects,
    queryFn: async ({ signal }) => (await api.get<Page<Project>>("/api/projects/", { signal })).results,
  });
}

export function useProject(projectId: number) {
  return useQuery<Project, ApiError>({
    queryKey: keys.project(projectId),
    queryFn: ({ signal }) => api.get<Project>(`/api/projects/${projectId}/`, { signal }),
    enabled: Number.isFinite(projectId),
  });
}

export function can(project: Project | undefined, capability: Capability): boolean {
  return project?.capabilities.includes(capability) ?? false;
}
