import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { Picture } from "@/canvas/paintImage";
import { readGeometry } from "@/document/geometry";
import type { Conflict } from "@/document/merge";
import type { Box } from "@/geometry/boxes";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./Conflict.module.css";

const [WIDTH, HEIGHT] = [240, 160];
/** How much of the surroundings is shown, as a share of the boxes' size. */
const MARGIN = 0.35;

/** The three sides as they are drawn; the legend of the dialog draws the same lines. */
export const SIDES = {
  mine: { dash: [], colour: "#4cc9a0" },
  theirs: { dash: [8, 4], colour: "#ffb454" },
  original: { dash: [2, 3], colour: "#ffffff" },
} as const;
export type Side = keyof typeof SIDES;

/** Of polygons and masks the boxes around them: where the sides differ more finely, the picture itself is the place. */
export function boxesOf({ mine, theirs, base }: Conflict): [Side, Box][] {
  const sides = [
    ["original", base],
    ["theirs", theirs],
    ["mine", mine],
  ] as const;
  return sides.flatMap(([side, object]) => {
    const box = object === null ? null : readGeometry(object).bbox;
    return box === null ? [] : [[side, box] as [Side, Box]];
  });
}

/** The part of the picture that holds all boxes, in the shape of the canvas. */
function cropOf(boxes: readonly Box[], picture: Picture): { x: number; y: number; scale: number } {
  const left = Math.min(...boxes.map((box) => box[0]));
  const top = Math.min(...boxes.map((box) => box[1]));
  const right = Math.max(...boxes.map((box) => box[2]));
  const bottom = Math.max(...boxes.map((box) => box[3]));
  const wide = Math.max(right - left, 8) * (1 + 2 * MARGIN);
  const high = Math.max(bottom - top, 8) * (1 + 2 * MARGIN);
  const scale = Math.min(WIDTH / wide, HEIGHT / high, (8 * WIDTH) / picture.width);
  const x = (left + right) / 2 - WIDTH / scale / 2;
  const y = (top + bottom) / 2 - HEIGHT / scale / 2;
  return { x, y, scale };
}

function paint(canvas: HTMLCanvasElement, picture: Picture, conflict: Conflict): void {
  const context = canvas.getContext("2d");
  const boxes = boxesOf(conflict);
  if (context === null || boxes.length === 0) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = WIDTH * ratio;
  canvas.height = HEIGHT * ratio;
  context.scale(ratio, ratio);
  context.fillStyle = "#23262a";
  context.fillRect(0, 0, WIDTH, HEIGHT);
  const crop = cropOf(
    boxes.map(([, box]) => box),
    picture,
  );
  const at = (value: number, origin: number) => (value - origin) * crop.scale;
  context.drawImage(
    picture.source,
    at(0, crop.x),
    at(0, crop.y),
    picture.width * crop.scale,
    picture.height * crop.scale,
  );
  for (const [side, box] of boxes) {
    const rect = [at(box[0], crop.x), at(box[1], crop.y)] as const;
    const size = [(box[2] - box[0]) * crop.scale, (box[3] - box[1]) * crop.scale] as const;
    context.setLineDash([...SIDES[side].dash]);
    // The dark casing keeps every colour readable on any picture.
    context.lineWidth = 4;
    context.strokeStyle = "rgba(0, 0, 0, 0.55)";
    context.strokeRect(...rect, ...size);
    context.lineWidth = 2;
    context.strokeStyle = SIDES[side].colour;
    context.strokeRect(...rect, ...size);
  }
}

/** A small piece of the picture with what each side says of one region. */
export function ConflictCrop({ session, conflict }: { session: ReviewSession; conflict: Conflict }) {
  const { t } = useTranslation("conflict");
  const picture = useStore(session.view, (view) => view.picture);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null && picture !== null) paint(canvas.current, picture, conflict);
  }, [picture, conflict]);
  return <canvas ref={canvas} className={styles.crop} role="img" aria-label={t("crop")} />;
}
