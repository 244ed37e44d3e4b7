import { CanvasPane } from "../CanvasPane";
import { ClassPalette } from "../ClassPalette";
import type { Editor, EditorProps } from "../editor";
import { Regions } from "../regions/Regions";
import { regionDrawing } from "../regions/shapes";
import { ThresholdSlider } from "../regions/ThresholdSlider";
import { ShapeSection } from "./ShapeSection";

const TOOLS = ["select", "polygon", "brush", "cutOut"] as const;

function Workspace({ desk }: EditorProps) {
  return <CanvasPane desk={desk} drawing={regionDrawing} tools={TOOLS} />;
}

function Panel({ desk }: EditorProps) {
  return (
    <>
      <ClassPalette desk={desk} />
      <ThresholdSlider desk={desk} />
      <ShapeSection desk={desk} />
      <Regions desk={desk} empty="shape.empty" />
    </>
  );
}

export const semanticSegmentation: Editor = {
  slug: "semantic_segmentation",
  Workspace,
  Panel,
  tools: TOOLS,
  missing: () => null,
  asksUnchecked: true,
};
