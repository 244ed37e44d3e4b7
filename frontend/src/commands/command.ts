export type EditorSlug = "object_detection" | "image_classification" | "semantic_segmentation";
/** Those in which regions are checked one by one. */
export const REGION_EDITORS: readonly EditorSlug[] = ["object_detection", "semantic_segmentation"];
/** Where a command may be used. In each place a key has one meaning. */
export type Place = EditorSlug | "grid";
export const PLACES: readonly Place[] = [
  "object_detection",
  "image_classification",
  "semantic_segmentation",
  "grid",
];
export type CommandGroup = "decide" | "classes" | "move" | "edit" | "view" | "item";
export const COMMAND_GROUPS: readonly CommandGroup[] = ["decide", "classes", "move", "edit", "view", "item"];

export type DialogName =
  | "classes"
  | "shortcuts"
  | "skip"
  | "report"
  | "outbox"
  | "palette"
  | "conflict"
  | "classes_gone"
  | "alike";
export type ToolName = "select" | "box" | "polygon" | "brush" | "cutOut";

/** What a command needs so that it can do something; what is missing greys it in the palette, with the reason. */
export type Need =
  | "item"
  | "edit"
  | "region"
  | "guess"
  | "mask"
  | "polygon"
  | "unchecked"
  | "measured"
  | "past"
  | "future"
  | "picture"
  | "earlier"
  | "later"
  | "held";

/** All that a command can do. The review session is one; tests bring their own. */
export interface CommandContext {
  acceptSelected(): void;
  acceptAll(): void;
  rejectSelected(): void;
  restoreSelected(): void;
  nothingHere(): void;
  chooseClassAt(position: number): void;
  step(direction: 1 | -1, among: "unchecked" | "any"): void;
  setTool(tool: ToolName): void;
  /** True when the key was the tool's own just now, so that it does nothing else. */
  toolKey(key: string): boolean;
  resizeBrush(factor: number): void;
  reshapeSelected(how: "polygon" | "mask" | "simplify"): void;
  stackSelected(place: "front" | "back"): void;
  nudge(dx: number, dy: number): void;
  cyclePart(): void;
  undo(): void;
  redo(): void;
  escape(): void;
  holdPan(held: boolean): void;
  fit(): void;
  zoomToSelected(): void;
  zoomBy(factor: number): void;
  ghostDown(): void;
  ghostUp(): void;
  cycleLabels(): void;
  toggleDiff(): void;
  /** Takes the selected region into what is picked together, or lets it go. */
  togglePick(): void;
  switchOrder(): void;
  correctInstead(): void;
  moveThreshold(by: number): void;
  submit(): void;
  /** To me, later: the item comes again after the others. */
  postpone(): void;
  previousItem(): void;
  nextItem(): void;
  openDialog(name: DialogName): void;
}

export interface Command {
  readonly name: string;
  /** Key of its text in the `review` namespace. */
  readonly label: string;
  readonly group: CommandGroup;
  /** As `keyName` spells them: "A", "Shift+A", "Ctrl+Z", "ArrowLeft", "Space". */
  readonly keys: readonly string[];
  /** True when a held key may run it again and again; the others ignore repeats. */
  readonly repeats?: boolean;
  /** True when each of its keys does something of its own; otherwise they are alternatives. */
  readonly perKey?: boolean;
  /** True for keys that a person cannot change: what leads out of everything must always be where one looks for it. */
  readonly fixed?: boolean;
  readonly needs?: readonly Need[];
  /** The editors it belongs to; left out, all. */
  readonly editors?: readonly EditorSlug[];
  /** True where the grid of classified pictures has it as well, under the same keys. */
  readonly grid?: true;
  /** Left out where only the grid has it, which does it by itself. */
  run?(context: CommandContext, key: string): void;
  /** Called when the key goes up again. */
  release?(context: CommandContext): void;
}

/** Whether a command is used there. */
export function inPlace(command: Pick<Command, "editors" | "grid">, place: Place): boolean {
  return place === "grid" ? command.grid === true : (command.editors?.includes(place) ?? true);
}
