import { CanvasPane } from "../CanvasPane";
import { ClassPalette } from "../ClassPalette";
import type { Editor, EditorProps } from "../editor";
import { Regions } from "../regions/Regions";
import { regionDrawing } from "../regions/shapes";
import { ThresholdSlider } from "../regions/ThresholdSlider";

const TOOLS = ["select", "box", "cutOut"] as const;

function Workspace({ desk }: EditorProps) {
  return <CanvasPane desk={desk} drawing={regionDrawing} tools={TOOLS} />;
}

function Panel({ desk }: EditorProps) {
  return (
    <>
      <ClassPalette desk={desk} />
      <ThresholdSlider desk={desk} />
      <Regions desk={desk} />
    </>
  );
}

export const objectDetection: Editor = {
  slug: "object_detection",
  Workspace,
  Panel,
  tools: TOOLS,
  missing: () => null,
  asksUnchecked: true,
};
