import type { Box } from "../geometry/boxes";
import type { ImagePoint } from "../geometry/points";
import type { Rings } from "../geometry/polygons";
import type { Rle } from "../masks/rle";

/** A click in an object or a box around it, then points that are in it and points that are not. */
export interface Question {
  readonly point: ImagePoint | null;
  readonly box: Box | null;
  readonly inside: readonly ImagePoint[];
  readonly outside: readonly ImagePoint[];
  /** The long side of the answer that is put right. */
  readonly size: number | null;
}

/** What may be under it; nothing of it is in the document until a person takes it. */
export interface Proposal {
  readonly bbox: Box;
  readonly rings: Rings;
  readonly rle: Rle | null;
  /** What the model that proposes it takes it for; colour says nothing of that. */
  readonly classId?: number;
}

/** What is seen of the two: the answer, and where it was asked for while that is on its way. */
export interface ProposalSight {
  readonly question: Question;
  readonly proposal: Proposal | null;
  readonly waiting: boolean;
}
