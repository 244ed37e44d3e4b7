import { useQuery } from "@tanstack/react-query";
import { type ApiError, api, type Item, type QueueReason } from "@/lib/api";
import { keys } from "@/lib/queries/keys";

/** The server takes no larger batch. */
export const MOST = 48;

export interface GridRow {
  readonly item: Pick<
    Item,
    "id" | "name" | "width" | "height" | "split" | "state" | "revision" | "thumbnail_url" | "image_url"
  >;
  readonly guess: {
    readonly prediction_id: number;
    readonly class_id: number;
    readonly score: number;
    readonly top3: readonly (readonly [number, number])[];
  };
  /** A person's class, on a picture that was handed in before. */
  readonly answer: number | null;
  readonly lease: { readonly token: string; readonly until: string };
  readonly reason: QueueReason;
}

export interface ClassesWaiting {
  readonly classes: readonly { readonly class_id: number; readonly items: number }[];
  /** Pictures that wait for the single mode alone. */
  readonly single: number;
}

export interface Wanted {
  readonly class_id: number;
  readonly min_score: number;
  readonly max_score: number;
  readonly most: number;
  readonly exclude: readonly number[];
}

export interface Decision {
  readonly item_id: number;
  readonly kind: "submit" | "skip" | "report" | "postpone";
  readonly lease_token: string;
  readonly revision: number;
  readonly class_id: number | null;
  readonly prediction_id: number;
  readonly reason: string;
  readonly duration_ms: number;
}

export interface Outcome {
  readonly item_id: number;
  readonly outcome: "done" | "conflict" | "lease_lost" | "refused";
  readonly problem: { readonly code: string; readonly message: string } | null;
}

export interface Held {
  readonly item_id: number;
  readonly token: string;
}

/** All that the grid asks of the server. Every request throws ApiError. */
export interface GridApi {
  next(projectId: number, wanted: Wanted): Promise<GridRow[]>;
  reopen(projectId: number, itemIds: readonly number[]): Promise<GridRow[]>;
  handIn(projectId: number, items: readonly Decision[], key: string): Promise<Outcome[]>;
  /** Classes that came too late for their leases, to whoever has the pictures now. */
  suggest(projectId: number, items: readonly Decision[]): Promise<Outcome[]>;
  renew(projectId: number, leases: readonly Held[]): Promise<number[]>;
  release(projectId: number, leases: readonly Held[]): Promise<void>;
}

const path = (projectId: number, what = "") => `/api/projects/${projectId}/grid/${what}`;

export const gridApi: GridApi = {
  next: async (projectId, wanted) =>
    (await api.post<{ items: GridRow[] }>(path(projectId, "next/"), wanted)).items,
  reopen: async (projectId, item_ids) =>
    (await api.post<{ items: GridRow[] }>(path(projectId, "reopen/"), { item_ids })).items,
  // A batch is far below the 60 kB that a request may carry beyond the end of its page.
  handIn: async (projectId, items, idempotencyKey) =>
    (
      await api.post<{ results: Outcome[] }>(
        path(projectId, "submit/"),
        { items },
        { idempotencyKey, keepalive: true },
      )
    ).results,
  suggest: async (projectId, items) =>
    (await api.post<{ results: Outcome[] }>(path(projectId, "suggest/"), { items })).results,
  renew: async (projectId, leases) =>
    (await api.post<{ lost: number[] }>(path(projectId, "lease/"), { leases })).lost,
  release: (projectId, leases) =>
    api.delete(path(projectId, "lease/"), { leases }, { keepalive: true, quiet: true }),
};

export function useClassesWaiting(projectId: number) {
  return useQuery<ClassesWaiting, ApiError>({
    queryKey: [...keys.project(projectId), "grid"],
    queryFn: ({ signal }) => api.get<ClassesWaiting>(path(projectId), { signal }),
    // Others work on the same queue.
    refetchInterval: 30_000,
  });
}
