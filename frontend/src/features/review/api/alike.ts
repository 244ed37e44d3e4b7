import { useQuery } from "@tanstack/react-query";
import {
  type ApiError,
  api,
  type Run,
  type SimilarOutcome,
  type SimilarRow,
  type SimilarSearch,
} from "@/lib/api";
import { isFinished, keys } from "@/lib/queries";

/** The server takes no more objects in one request. */
const AT_ONCE = 100;

/** What is compared: one object's box, or the whole picture. */
export interface Like {
  readonly itemId: number;
  readonly bbox: readonly number[] | null;
}

const path = (projectId: number, what = "") => `/api/projects/${projectId}/similar/${what}`;

export function startSearch(projectId: number, { itemId, bbox }: Like): Promise<Run> {
  return api.post<Run>(path(projectId), { item_id: itemId, bbox });
}

/** A search that has ended meanwhile is no error. */
export function stopSearch(searchId: number): void {
  void api.post(`/api/runs/${searchId}/cancel/`).catch(() => {});
}

/** A search and what it found: asked every second while it goes on. */
export function useSearch(projectId: number, searchId: number | null) {
  return useQuery<SimilarSearch, ApiError>({
    queryKey: keys.similar(projectId, searchId ?? 0),
    enabled: searchId !== null,
    queryFn: ({ signal }) => api.get<SimilarSearch>(path(projectId, `${searchId}/`), { signal }),
    refetchInterval: ({ state }) => (state.data && isFinished(state.data.run) ? false : 1_000),
  });
}

/** What was labelled at once, to be taken back at once. */
export interface Labelled {
  readonly searchId: number;
  readonly key: string;
  readonly count: number;
}

/** Objects of one picture go together, so that its answer is for all of them. */
export function inRequests(rows: readonly SimilarRow[]): SimilarRow[][] {
  const sorted = [...rows].sort((a, b) => a.item.id - b.item.id);
  const parts: SimilarRow[][] = [];
  for (let start = 0; start < sorted.length; start += AT_ONCE)
    parts.push(sorted.slice(start, start + AT_ONCE));
  return parts;
}

export async function labelAll(
  projectId: number,
  { searchId, key }: Pick<Labelled, "searchId" | "key">,
  classId: number,
  rows: readonly SimilarRow[],
): Promise<{ done: number; left: SimilarOutcome[] }> {
  let done = 0;
  const left: SimilarOutcome[] = [];
  for (const part of inRequests(rows)) {
    const objects = part.map((row) => ({ item_id: row.item.id, object: row.object }));
    const answer = await api.post<{ results: SimilarOutcome[] }>(
      path(projectId, `${searchId}/label/`),
      { class_id: classId, objects },
      { idempotencyKey: key },
    );
    const refused = answer.results.filter((one) => !one.done);
    const ids = new Set(refused.map((one) => one.item_id));
    done += part.filter((row) => !ids.has(row.item.id)).length;
    left.push(...refused);
  }
  return { done, left };
}

/** Resolves to how many pictures stay as they are, since somebody went on with them. */
export async function takeBack(projectId: number, { searchId, key }: Labelled): Promise<number> {
  const answer = await api.post<{ results: SimilarOutcome[] }>(
    path(projectId, `${searchId}/undo/`),
    {},
    { idempotencyKey: key },
  );
  return answer.results.filter((one) => !one.done).length;
}
