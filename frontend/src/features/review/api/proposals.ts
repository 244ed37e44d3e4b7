import type { Proposal, Question } from "@/canvas/proposal";
import type { Box } from "@/geometry/boxes";
import type { ImagePoint } from "@/geometry/points";
import type { Rings } from "@/geometry/polygons";
import { ApiError, api } from "@/lib/api";
import type { Rle } from "@/masks/rle";

interface Row {
  readonly bbox: Box;
  readonly rings: Rings;
  readonly rle?: Rle;
  readonly class_id?: number;
}

type Answer = { readonly ready: false } | { readonly ready: true; readonly proposal: Row | null };

const PATIENCE_MS = 2000;
const POLL_MS = 80;

const pair = ({ x, y }: ImagePoint) => [x, y];

function bodyOf({ point, box, inside, outside, size }: Question, mask: boolean) {
  return {
    point: point === null ? null : pair(point),
    box,
    inside: inside.map(pair),
    outside: outside.map(pair),
    size,
    mask,
  };
}

function read(row: Row | null): Proposal | null {
  return row && { bbox: row.bbox, rings: row.rings, rle: row.rle ?? null, classId: row.class_id };
}

/** What is under a click or in a box, with its mask where that is wanted; null where nothing stands out. */
export async function propose(itemId: number, question: Question, mask: boolean): Promise<Proposal | null> {
  const body = bodyOf(question, mask);
  return read((await api.post<{ proposal: Row | null }>(`/api/items/${itemId}/propose/`, body)).proposal);
}

/** The same by the deployed segmentation model. Throws `model_silent` where no worker has an answer in two seconds. */
export async function proposeByModel(
  itemId: number,
  question: Question,
  mask: boolean,
): Promise<Proposal | null> {
  const where = `/api/items/${itemId}/propose/model/`;
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  const { signal } = patience;
  try {
    const asked = await api.post<{ request: number }>(where, bodyOf(question, mask), { signal });
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const answer = await api.get<Answer>(`${where}${asked.request}/`, { signal });
      if (answer.ready) return read(answer.proposal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  throw new ApiError(504, "model_silent", `no answer within ${PATIENCE_MS / 1000} s`);
}
