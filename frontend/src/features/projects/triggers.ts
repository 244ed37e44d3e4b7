import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ApiError, api, type Project, type Run } from "@/lib/api";
import { keys } from "@/lib/queries";

export const TRIGGER_SLUGS = ["ratio", "reviewed", "drift", "schedule"] as const;
export type TriggerSlug = (typeof TRIGGER_SLUGS)[number];
export const TRIGGER_MODES = ["off", "propose", "auto"] as const;
export type TriggerMode = (typeof TRIGGER_MODES)[number];

/** Days or weekday (Monday = 0), and the time of day in UTC. */
export interface ScheduleOptions {
  days?: number;
  weekday?: number;
  at: string;
}

interface Options {
  ratio: { ratio: number };
  reviewed: { items: number };
  drift: { distance: number };
  schedule: ScheduleOptions;
}

/** What came of the last firing; the words are in the browser. */
export interface Outcome {
  code: "proposed" | "started" | "put_aside" | "waits" | "lapsed" | "over";
  by?: string | null;
  run_id?: number;
  run_state?: Run["state"] | null;
  why?: "few_reviews" | "under_way" | "no_train_items";
  other_run_id?: number;
  have?: number;
  need?: number;
}

interface Seen<Slug extends TriggerSlug> {
  slug: Slug;
  mode: TriggerMode;
  options: Options[Slug];
  due: boolean;
  value: number | null;
  limit: number | null;
  detail: {
    code?: string;
    low?: number;
    high?: number;
    n?: number;
    need?: number;
    p?: number;
    class_id?: number | null;
    next_at?: string;
  };
  seen_at: string | null;
  standing_since: string | null;
  aside_at: string | null;
  fired_at: string | null;
  outcome: Outcome | null;
}
export type TriggerRow = { [Slug in TriggerSlug]: Seen<Slug> }[TriggerSlug];

export interface Triggers {
  revision: number;
  proposal: { due: boolean; triggers: TriggerSlug[] };
  /** The retrain or compression that runs now. */
  under_way: number | null;
  /** Items reviewed since the last training, and how many an automatic start needs. */
  reviewed: number;
  needed: number;
  triggers: TriggerRow[];
}

const key = (projectId: number) => [...keys.project(projectId), "triggers"] as const;
const path = (projectId: number) => `/api/projects/${projectId}/triggers/`;

export function useTriggers(projectId: number) {
  return useQuery<Triggers, ApiError>({
    queryKey: key(projectId),
    queryFn: ({ signal }) => api.get<Triggers>(path(projectId), { signal }),
  });
}

function useTold(projectId: number) {
  const client = useQueryClient();
  return (told: Triggers) => {
    client.setQueryData(key(projectId), told);
    void client.invalidateQueries({ queryKey: keys.project(projectId), exact: true });
  };
}

export type TriggerChange = Pick<TriggerRow, "slug" | "mode" | "options">;

export function useEditTriggers(project: Pick<Project, "id">, seenRevision: number) {
  const client = useQueryClient();
  const onSuccess = useTold(project.id);
  return useMutation<Triggers, ApiError, TriggerChange[]>({
    mutationFn: (triggers) => api.patch<Triggers>(path(project.id), { triggers }, { ifMatch: seenRevision }),
    onSuccess,
    onError: (error) => {
      if (error.code === "stale_revision") void client.invalidateQueries({ queryKey: key(project.id) });
    },
  });
}

export function usePutAside(projectId: number) {
  const onSuccess = useTold(projectId);
  return useMutation<Triggers, ApiError, TriggerSlug[]>({
    mutationFn: (triggers) => api.post<Triggers>(`${path(projectId)}aside/`, { triggers }),
    onSuccess,
  });
}
