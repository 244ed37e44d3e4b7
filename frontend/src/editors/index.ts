import type { EditorSlug } from "@/commands/command";
import type { Editor } from "./editor";
import { imageClassification } from "./image_classification";
import { objectDetection } from "./object_detection";
import { semanticSegmentation } from "./semantic_segmentation";

export type { CanvasPort, Desk, DeskView } from "./desk";
export type { Editor, EditorProps } from "./editor";

export const EDITORS: Readonly<Record<EditorSlug, Editor>> = {
  object_detection: objectDetection,
  image_classification: imageClassification,
  semantic_segmentation: semanticSegmentation,
};

/** A server may know task types that this page does not. */
export function isEditable(taskType: string): taskType is EditorSlug {
  return taskType in EDITORS;
}
