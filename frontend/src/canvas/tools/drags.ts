import { type Box, type Handle, moveBox, resizeBox, roundBox, sameBox } from "../../geometry/boxes";
import type { ImagePoint } from "../../geometry/points";
import {
  insertVertex,
  moveRings,
  moveVertex,
  type RingPlace,
  type Rings,
  roundRings,
  sameRings,
} from "../../geometry/polygons";
import { handleCursor } from "../handles";
import type { BoxShape, PolygonShape } from "../shape";
import type { MarkedVertex } from "../sights";
import type { ToolContext, ToolEvent } from "./tool";

/** What a drag does to one shape: shown at each move, told once at the end. */
export interface Drag {
  readonly name: "moving" | "resizing" | "reshaping";
  readonly cursor: string;
  move(event: ToolEvent): void;
  end(): void;
  drop(): void;
}

function boxDrag(
  context: ToolContext,
  { id, bbox }: BoxShape,
  look: Pick<Drag, "name" | "cursor">,
  boxAt: (event: ToolEvent) => Box,
): Drag {
  let box: Box = bbox;
  return {
    ...look,
    move(event) {
      box = boxAt(event);
      context.preview(id, box);
    },
    end() {
      context.preview(id, null);
      const rounded = roundBox(box);
      if (!sameBox(rounded, bbox)) context.commitChange(id, rounded);
    },
    drop: () => context.preview(id, null),
  };
}

export function moveBoxDrag(context: ToolContext, shape: BoxShape, from: ImagePoint): Drag {
  return boxDrag(context, shape, { name: "moving", cursor: "move" }, ({ image }) =>
    moveBox(shape.bbox, image.x - from.x, image.y - from.y, context.imageSize),
  );
}

export function resizeBoxDrag(context: ToolContext, shape: BoxShape, handle: Handle): Drag {
  return boxDrag(context, shape, { name: "resizing", cursor: handleCursor(handle) }, ({ image }) =>
    resizeBox(shape.bbox, handle, image, context.imageSize),
  );
}

function ringsDrag(
  context: ToolContext,
  { id, rings: start }: PolygonShape,
  look: Pick<Drag, "name" | "cursor">,
  ringsAt: (event: ToolEvent) => Rings,
): Drag {
  let rings = start;
  return {
    ...look,
    move(event) {
      rings = ringsAt(event);
      context.previewRings(id, rings);
    },
    end() {
      context.previewRings(id, null);
      context.showSnap(null);
      const rounded = roundRings(rings);
      if (!sameRings(rounded, start)) context.commitRings(id, rounded);
    },
    drop() {
      context.previewRings(id, null);
      context.showSnap(null);
    },
  };
}

export function movePolygonDrag(context: ToolContext, shape: PolygonShape, from: ImagePoint): Drag {
  return ringsDrag(context, shape, { name: "moving", cursor: "move" }, ({ image }) =>
    moveRings(shape.rings, image.x - from.x, image.y - from.y, context.imageSize),
  );
}

/** Where a vertex comes to lie: inside the picture, and on what it snaps to. */
export function vertexAt(
  context: ToolContext,
  { image, ctrl }: Pick<ToolEvent, "image" | "ctrl">,
  id: string | null,
): { readonly x: number; readonly y: number } {
  const snap = ctrl === true ? null : context.snap(image, id);
  context.showSnap(snap);
  const { width, height } = context.imageSize;
  const { x, y } = snap ?? image;
  return { x: Math.min(Math.max(x, 0), width), y: Math.min(Math.max(y, 0), height) };
}

export function moveVertexDrag(context: ToolContext, shape: PolygonShape, place: RingPlace): Drag {
  return ringsDrag(context, shape, { name: "reshaping", cursor: "move" }, (event) => {
    const { x, y } = vertexAt(context, event, shape.id);
    return moveVertex(shape.rings, place, x, y);
  });
}

/** Pulls a new vertex out of an edge. */
export function insertVertexDrag(context: ToolContext, shape: PolygonShape, place: RingPlace): Drag {
  const added: MarkedVertex = { id: shape.id, ring: place.ring, vertex: place.vertex + 1 };
  return ringsDrag(context, shape, { name: "reshaping", cursor: "copy" }, (event) => {
    const { x, y } = vertexAt(context, event, shape.id);
    context.markVertex(added);
    return insertVertex(shape.rings, place, x, y);
  });
}
