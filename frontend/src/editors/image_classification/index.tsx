import type { ToolName } from "@/commands/command";
import { listRegions } from "@/document/region";
import { CanvasPane, type Drawing } from "../CanvasPane";
import type { Editor, EditorProps } from "../editor";
import { ClassChoice } from "./ClassChoice";

const NO_TOOLS: readonly ToolName[] = [];
const nothing: Drawing = { shapes: () => [], ghosts: () => [] };

function Workspace({ desk }: EditorProps) {
  return <CanvasPane desk={desk} drawing={nothing} tools={NO_TOOLS} />;
}

function Panel({ desk }: EditorProps) {
  return <ClassChoice desk={desk} />;
}

export const imageClassification: Editor = {
  slug: "image_classification",
  Workspace,
  Panel,
  tools: [],
  // The guess counts as an answer whatever its score: it is the only thing on the page that is asked about.
  missing: (doc) =>
    listRegions(doc).some((region) => region.kind === "class" && region.state !== "rejected")
      ? null
      : "submit.choose_class",
  asksUnchecked: false,
};
