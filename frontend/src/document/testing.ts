import type { Bbox, PredictedObject, Work } from "@/lib/api";
import type { Rings } from "../geometry/polygons";
import { ringsToMask } from "../masks/convert";
import type { Rle } from "../masks/rle";
import type { TruthObject } from "./annotation";
import type { Thresholds } from "./region";

export const thresholds: Thresholds = { show: 0.25, accept: 0.9, perClass: {} };

export function guessed(
  id: string,
  bbox: Bbox | undefined,
  class_id: number,
  score: number,
): PredictedObject {
  return {
    id,
    ...(bbox === undefined ? {} : { bbox }),
    class_id,
    score,
    top3: [
      [class_id, score],
      [class_id + 1, 0.05],
      [class_id + 2, 0.01],
    ],
    entropy: 0.3,
  };
}

export function truth(
  id: string,
  bbox: Bbox | undefined,
  class_id = 1,
  prediction_id: string | null = null,
): TruthObject {
  const origin = prediction_id === null ? "manual" : "accepted";
  return { id, ...(bbox === undefined ? {} : { bbox }), class_id, origin, prediction_id };
}

/** A rectangle as a ring. */
export function ringOf(x1: number, y1: number, x2: number, y2: number): Rings {
  return [[x1, y1, x2, y1, x2, y2, x1, y2]];
}

/** The mask of a rectangle on the item's 200 × 100 px. */
export function maskOf(x1: number, y1: number, x2: number, y2: number): Rle {
  const { result } = ringsToMask(ringOf(x1, y1, x2, y2), [100, 200]);
  if (result === null) throw new Error("the rectangle holds no pixel");
  return result;
}

/** A segmentation of the item: a sky above a road, both uncertain, and a certain car on the road. */
export function makeMaskWork(change: Partial<Work> = {}, id = 1): Work {
  const mask = (rle: Rle) => ({ rle: { size: [...rle.size] as [number, number], counts: rle.counts } });
  return makeWork(
    {
      prediction: {
        id: 5,
        source: { id: 1, name: "unet" },
        objects: [
          { ...guessed("p1", undefined, 1, 0.6), ...mask(maskOf(0, 0, 200, 40)) },
          { ...guessed("p2", undefined, 2, 0.5), ...mask(maskOf(0, 40, 200, 100)) },
          { ...guessed("p3", undefined, 3, 0.95), ...mask(maskOf(20, 50, 60, 80)) },
        ],
      },
      ...change,
    },
    id,
  );
}

/** An item of 200 × 100 px with three guesses: certain, uncertain, and one below the show threshold. */
export function makeWork(change: Partial<Work> = {}, id = 1): Work {
  return {
    item: {
      id,
      name: `${id}.jpg`,
      width: 200,
      height: 100,
      split: "train",
      state: "queued",
      problem: "",
      confidence: 0.5,
      uncertainty: 0.5,
      class_counts: {},
      metadata: {},
      revision: 3,
      image_url: `/api/items/${id}/image/`,
      thumbnail_url: `/api/items/${id}/thumbnail/`,
      media_type: "image",
    },
    prediction: {
      id: 5,
      source: { id: 1, name: "yolo11n" },
      objects: [
        guessed("p1", [10, 10, 30, 30], 1, 0.95),
        guessed("p2", [50, 10, 80, 40], 2, 0.5),
        guessed("p3", [100, 50, 120, 80], 1, 0.1),
      ],
    },
    annotation: null,
    draft: null,
    lease: { token: "lease-1", until: "2030-01-01T00:00:00Z" },
    queue: { reason: "uncertain", remaining: 7 },
    ...change,
  };
}
