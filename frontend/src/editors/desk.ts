import type { StoreApi } from "zustand/vanilla";
import type { Picture } from "@/canvas/paintImage";
import type { Proposal, Question } from "@/canvas/proposal";
import type { LabelMode } from "@/canvas/shape";
import type { ToolName } from "@/commands/command";
import type { CheckOrder } from "@/document/checkOrder";
import type { DocumentStore } from "@/document/documentStore";
import type { Thresholds } from "@/document/region";
import type { Box, MovedPart } from "@/geometry/boxes";
import type { Rings } from "@/geometry/polygons";
import type { LabelClass } from "@/lib/api";
import type { Reshaped, Reshaping } from "@/masks/reshape";
import type { Rle } from "@/masks/rle";
import type { Measured } from "./regions/bulkAccept";

/** What an editor sees besides the document. */
export interface DeskView {
  readonly itemId: number | null;
  readonly itemName: string;
  readonly picture: Picture | null;
  readonly classes: readonly LabelClass[];
  /** With the slider's value, where a person moved it. */
  readonly thresholds: Thresholds;
  readonly tool: ToolName;
  readonly labels: LabelMode;
  readonly ghost: boolean;
  readonly part: MovedPart;
  readonly nextClassId: number | null;
  readonly readOnly: boolean;
  /** Regions that the next decision is about together; empty when it is about the selected one. */
  readonly picked: ReadonlySet<string>;
  readonly order: CheckOrder;
  /** True while the list shows what was changed. */
  readonly diff: boolean;
  /** How right guesses were by their score, where the server has measured it. */
  readonly measured: Measured;
  /** Of the brush, in pixels of the picture. */
  readonly brushRadius: number;
  /** By how many pixels an outline may move when it is simplified. */
  readonly tolerance: number;
  /** An outline that is only looked at, before it is taken. */
  readonly tryOut: Rings | null;
}

/** The canvas, as far as commands need it. */
export interface CanvasPort {
  fit(): void;
  zoomTo(box: Box): void;
  /** About the middle of the canvas. */
  zoomBy(factor: number): void;
  reveal(box: Box): void;
  holdPan(held: boolean): void;
  /** True when a gesture was cancelled. */
  cancel(): boolean;
  /** True when the key belonged to the tool just now: Enter closes a polygon, Undo takes back its last corner. */
  key(name: string): boolean;
  /** Resolves when what was painted has become masks; null when it has. */
  strokes(): Promise<void> | null;
  focus(): void;
}

/** The workplace that an editor is put on: the document, the view, and what a person can do with them. */
export interface Desk {
  readonly document: DocumentStore;
  readonly view: StoreApi<DeskView>;
  attach(canvas: CanvasPort | null): void;
  select(id: string | null): void;
  /** Picks these together; one of them is the selected one. */
  pick(ids: readonly string[], selectedId: string): void;
  togglePick(id?: string | null): void;
  setOrder(order: CheckOrder): void;
  toggleDiff(): void;
  setBox(id: string, box: Box): void;
  drawBox(box: Box): void;
  setRings(id: string, rings: Rings): void;
  drawRings(rings: Rings): void;
  /** Null: all of the mask was taken away. */
  setMask(id: string, rle: Rle | null): void;
  drawMask(rle: Rle): void;
  nothingToErase(): void;
  /** What is under the click; null where nothing is found, which the person is told. */
  propose(question: Question): Promise<Proposal | null>;
  takeProposal(proposal: Proposal): void;
  setBrushRadius(pixels: number): void;
  setTolerance(pixels: number): void;
  setTryOut(rings: Rings | null): void;
  /** What the region would become, and what that would cost; null where it cannot become that. */
  tryReshape(regionId: string, how: Reshaping): Promise<Reshaped | null>;
  reshapeSelected(how: Reshaping): void;
  chooseClass(classId: number): void;
  setShow(value: number): void;
  acceptSelected(): void;
  acceptAll(): void;
  rejectSelected(): void;
  restoreSelected(): void;
}
