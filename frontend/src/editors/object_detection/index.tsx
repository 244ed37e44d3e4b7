import { useStore } from "zustand";
import { CanvasPane, type Drawing } from "../CanvasPane";
import { ClassPalette } from "../ClassPalette";
import type { Editor, EditorProps } from "../editor";
import { DiffList } from "./DiffList";
import { RegionList } from "./RegionList";
import { ghostsOf, shapesOf } from "./shapes";
import { ThresholdSlider } from "./ThresholdSlider";

const drawing: Drawing = { shapes: shapesOf, ghosts: ghostsOf };

function Workspace({ desk }: EditorProps) {
  return <CanvasPane desk={desk} drawing={drawing} drawable />;
}

function Panel({ desk }: EditorProps) {
  const diff = useStore(desk.view, (view) => view.diff);
  return (
    <>
      <ClassPalette desk={desk} />
      <ThresholdSlider desk={desk} />
      {diff ? <DiffList desk={desk} /> : <RegionList desk={desk} />}
    </>
  );
}

export const objectDetection: Editor = {
  slug: "object_detection",
  Workspace,
  Panel,
  drawable: true,
  missing: () => null,
  asksUnchecked: true,
};
