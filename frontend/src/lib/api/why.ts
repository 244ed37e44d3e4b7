import type { Split } from "./types";

/** Why an item has its place in the queue: a code and what it speaks of. */
export interface Why {
  code: string;
  margin?: number;
  score?: number;
  share?: number;
  distance?: number;
  length?: number;
  models?: number;
  views?: number;
  class_id?: number;
  flag?: string;
  split?: Split;
}
