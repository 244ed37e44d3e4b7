import type { Proposal, Question } from "@/canvas/proposal";
import type { Box } from "@/geometry/boxes";
import type { ImagePoint } from "@/geometry/points";
import type { Rings } from "@/geometry/polygons";
import { api } from "@/lib/api";
import type { Rle } from "@/masks/rle";

interface Row {
  readonly bbox: Box;
  readonly rings: Rings;
  readonly rle?: Rle;
}

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
  return row && { bbox: row.bbox, rings: row.rings, rle: row.rle ?? null };
}

/** What is under a click or in a box, with its mask where that is wanted; null where nothing stands out. */
export async function propose(itemId: number, question: Question, mask: boolean): Promise<Proposal | null> {
  const body = bodyOf(question, mask);
  return read((await api.post<{ proposal: Row | null }>(`/api/items/${itemId}/propose/`, body)).proposal);
}
