import type { Box } from "../geometry/boxes";
import type { Rings } from "../geometry/polygons";
import type { Rle } from "../masks/rle";
import type { Proposal, Question } from "./proposal";
import type { Viewport } from "./viewport";

/** What leaves the canvas: the end of each gesture, as one change. */
export interface StageEvents {
  select?(id: string | null): void;
  change?(id: string, box: Box): void;
  draw?(box: Box): void;
  changeRings?(id: string, rings: Rings): void;
  drawRings?(rings: Rings): void;
  /** Null: all of the mask was taken away. */
  changeMask?(id: string, rle: Rle | null): void;
  drawMask?(rle: Rle): void;
  /** The brush was to take away, but no mask is selected. */
  nothingToErase?(): void;
  propose?(question: Question): Promise<Proposal | null>;
  takeProposal?(proposal: Proposal): void;
  view?(view: Viewport): void;
}
