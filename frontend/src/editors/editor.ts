import type { ComponentType } from "react";
import type { EditorSlug, ToolName } from "@/commands/command";
import type { Doc, Thresholds } from "@/document/region";
import type { Desk } from "./desk";

export interface EditorProps {
  readonly desk: Desk;
}

/** How one task type is reviewed. A new one is a folder here and a line in the table. */
export interface Editor {
  readonly slug: EditorSlug;
  /** The picture and what is drawn on it. */
  readonly Workspace: ComponentType<EditorProps>;
  /** The right-hand panel. */
  readonly Panel: ComponentType<EditorProps>;
  /** What the tool strip offers; none where nothing is drawn. */
  readonly tools: readonly ToolName[];
  /** What keeps the document from being submitted, as a key of the `review` namespace; null when nothing does. */
  missing(doc: Doc, thresholds: Thresholds): string | null;
  /** True when guesses that nobody looked at must be pointed out before a submit. */
  readonly asksUnchecked: boolean;
}
