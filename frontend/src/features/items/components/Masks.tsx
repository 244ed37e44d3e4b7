import { useEffect, useRef } from "react";
import type { AnnotatedObject, LabelClass, PredictedObject, Work } from "@/lib/api";
import { runsOf } from "@/masks/rle";
import styles from "./Items.module.css";

interface MasksProps {
  item: Work["item"];
  objects: (AnnotatedObject | PredictedObject)[];
  known: ReadonlyMap<number, LabelClass>;
}

/** The pixels of each object that has a mask, in the colour of its class; later ones lie above. */
export function Masks({ item, objects, known }: MasksProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const masked = objects.filter((object) => object.rle !== undefined);
  const { width, height } = item;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is made anew each time, its ids say what is in it
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.clearRect(0, 0, width, height);
    for (const { rle, class_id } of masked) {
      if (rle === undefined) continue;
      context.fillStyle = known.get(class_id)?.color ?? "#888888";
      fillRuns(context, runsOf({ size: [height, width], counts: rle.counts }), height);
    }
  }, [masked.map(({ id }) => id).join(), width, height, known]);

  if (masked.length === 0) return null;
  return <canvas ref={canvas} className={styles.masks} width={width} height={height} />;
}

/** Runs go down the columns, uncovered ones first; one that reaches the bottom goes on at the top of the next column. */
export function fillRuns(
  context: Pick<CanvasRenderingContext2D, "fillRect">,
  runs: Uint32Array,
  height: number,
): void {
  let at = 0;
  runs.forEach((length, index) => {
    let left = index % 2 === 1 ? length : 0;
    for (let place = at; left > 0; ) {
      const row = place % height;
      const here = Math.min(left, height - row);
      context.fillRect(Math.floor(place / height), row, 1, here);
      place += here;
      left -= here;
    }
    at += length;
  });
}
