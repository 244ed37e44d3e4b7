import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ApiError, api, type Member, type Page, type Role } from "@/lib/api";
import { keys } from "@/lib/queries";

export function useMembers(projectId: number) {
  return useQuery<Member[], ApiError>({
    queryKey: keys.members(projectId),
    queryFn: async ({ signal }) =>
      (await api.get<Page<Member>>(`/api/projects/${projectId}/members/`, { signal })).results,
  });
}

function useRefresh(projectId: number) {
  const client = useQueryClient();
  // A change of one's own role changes what the project lets one do.
  return () => client.invalidateQueries({ queryKey: keys.project(projectId) });
}

export function useAddMember(projectId: number) {
  return useMutation<Member, ApiError, { email: string; role: Role }>({
    mutationFn: (body) => api.post<Member>(`/api/projects/${projectId}/members/`, body),
    onSuccess: useRefresh(projectId),
  });
}

export function useChangeRole(projectId: number) {
  return useMutation<Member, ApiError, { id: number; role: Role }>({
    mutationFn: ({ id, role }) => api.patch<Member>(`/api/members/${id}/`, { role }),
    onSuccess: useRefresh(projectId),
  });
}

export function useRemoveMember(projectId: number) {
  return useMutation<void, ApiError, number>({
    mutationFn: (id) => api.delete<void>(`/api/members/${id}/`),
    onSuccess: useRefresh(projectId),
  });
}

/** Makes an account on this server; staff only. */
export function useAddUser() {
  return useMutation<unknown, ApiError, { email: string; name: string; password: string }>({
    mutationFn: (body) => api.post("/api/users/", body),
  });
}
