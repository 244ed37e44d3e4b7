import type { Item, Run } from "./types";

/** One object that looks like what was asked for; `bbox` is null where the whole picture is compared. */
export interface SimilarRow {
  item: Pick<Item, "id" | "name" | "width" | "height" | "state" | "image_url" | "thumbnail_url">;
  object: string;
  /** The cosine of the features, 0..1. */
  score: number;
  bbox: [number, number, number, number] | null;
  class_id: number;
  /** False for what somebody decided or opened since. */
  waiting: boolean;
}

export interface SimilarSearch {
  run: Run;
  results: SimilarRow[];
}

export interface SimilarOutcome {
  item_id: number;
  done: boolean;
  problem: { code: string; message: string } | null;
}
