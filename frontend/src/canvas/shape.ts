import type { Box } from "../geometry/boxes";

/** Confidence is line style, class is hue. */
export type LineStyle = "solid" | "dash" | "dot";
export type Mark = "tick" | "notch" | "question" | "warning" | null;

/** What the canvas draws of one region; the canvas knows nothing of predictions or classes. */
export interface Shape {
  readonly id: string;
  readonly bbox: Box;
  readonly colour: string;
  readonly label: string;
  readonly style: LineStyle;
  readonly mark: Mark;
  /** Settled shapes are drawn without a fill, so that the eye goes to the others. */
  readonly calm: boolean;
}

export type LabelMode = "all" | "selected" | "none";
