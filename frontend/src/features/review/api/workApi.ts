import type { Proposal, Question } from "@/canvas/proposal";
import { api, type NothingLeft, type Work } from "@/lib/api";
import { propose, proposeByModel } from "./proposals";

export interface NextOptions {
  readonly exclude: readonly number[];
  /** Asks for one item more than the one in hand. */
  readonly prefetch?: boolean;
}

export type Outcome = "taken" | "dismissed" | "open";

/** The requests of the review page that do not carry work; those go through the outbox. */
export interface WorkApi {
  next(projectId: number, options: NextOptions): Promise<Work | NothingLeft>;
  open(itemId: number): Promise<Work>;
  renewLease(itemId: number, token: string): Promise<{ token: string; until: string }>;
  releaseLease(itemId: number, token: string): Promise<void>;
  /** Says what became of a suggestion; "open" takes that back. */
  tellSuggestion(id: number, outcome: Outcome): Promise<void>;
  /** The object under a click, by colour; with its mask where that is wanted. */
  propose(itemId: number, question: Question, mask: boolean): Promise<Proposal | null>;
  /** The same by the deployed model. */
  proposeByModel(itemId: number, question: Question, mask: boolean): Promise<Proposal | null>;
}

export const workApi: WorkApi = {
  next: (projectId, options) => api.post<Work | NothingLeft>(`/api/projects/${projectId}/next/`, options),
  open: (itemId) => api.post<Work>(`/api/items/${itemId}/open/`, {}),
  renewLease: (itemId, token) => api.post(`/api/items/${itemId}/lease/`, { token }),
  releaseLease: (itemId, token) =>
    api.delete(`/api/items/${itemId}/lease/`, { token }, { keepalive: true, quiet: true }),
  tellSuggestion: async (id, outcome) => {
    await api.patch(`/api/suggestions/${id}/`, { outcome });
  },
  propose,
  proposeByModel,
};

export function hasItem(answer: Work | NothingLeft): answer is Work {
  return answer.item !== null;
}
