import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { withAlpha } from "@/canvas/labels";
import type { Picture } from "@/canvas/paintImage";
import { addOutline } from "@/canvas/paths";
import type { Conflict } from "@/document/merge";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./Conflict.module.css";
import { SIDES, shapesOf, viewOf } from "./conflictShapes";

const SIZE = { width: 240, height: 160 };

function paint(canvas: HTMLCanvasElement, picture: Picture, conflict: Conflict): void {
  const context = canvas.getContext("2d");
  const shapes = shapesOf(conflict);
  if (context === null || shapes.length === 0) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = SIZE.width * ratio;
  canvas.height = SIZE.height * ratio;
  context.scale(ratio, ratio);
  context.fillStyle = "#23262a";
  context.fillRect(0, 0, SIZE.width, SIZE.height);
  const view = viewOf(
    shapes.map(([, shape]) => shape.bbox),
    picture,
    SIZE,
  );
  const { scale, x, y } = view;
  context.drawImage(picture.source, x, y, picture.width * scale, picture.height * scale);
  context.lineJoin = "round";
  for (const [side, shape] of shapes) {
    const { dash, colour } = SIDES[side];
    context.beginPath();
    addOutline(context, view, shape, () => null);
    // Areas are tinted, so that it is seen which side of a border they are on.
    if (shape.kind === "polygon") {
      context.fillStyle = withAlpha(colour, 0.14);
      context.fill();
    }
    context.setLineDash([...dash]);
    // The dark casing keeps every colour readable on any picture.
    context.lineWidth = 4;
    context.strokeStyle = "rgba(0, 0, 0, 0.55)";
    context.stroke();
    context.lineWidth = 2;
    context.strokeStyle = colour;
    context.stroke();
  }
}

/** A small piece of the picture with what each side says of one region: its box, or the outline of its area. */
export function ConflictCrop({ session, conflict }: { session: ReviewSession; conflict: Conflict }) {
  const { t } = useTranslation("conflict");
  const picture = useStore(session.view, (view) => view.picture);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null && picture !== null) paint(canvas.current, picture, conflict);
  }, [picture, conflict]);
  return <canvas ref={canvas} className={styles.crop} role="img" aria-label={t("crop")} />;
}
