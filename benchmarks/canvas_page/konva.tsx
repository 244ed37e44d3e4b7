import Konva from "konva";
import { createRef, memo, useCallback, useState } from "react";
import { flushSync } from "react-dom";
import { createRoot, type Root } from "react-dom/client";
import { Group, Image, Layer, Line, Rect, Stage, Text } from "react-konva";
import {
  hasRoom,
  inkOn,
  LABEL_HEIGHT_PX,
  LABEL_PADDING_PX,
  labelText,
  TextWidths,
  withAlpha,
} from "../../frontend/src/canvas/labels";
import type { Shape } from "../../frontend/src/canvas/shape";
import { ShapeIndex } from "../../frontend/src/canvas/shapeIndex";
import { fitView, panBy, type Viewport, visibleBox, zoomAt } from "../../frontend/src/canvas/viewport";
import { screenPoint } from "../../frontend/src/geometry/points";
import type { Contestant } from "./contestant";
import { PICTURE, type Scene, VIEWPORT } from "./scene";

// Every draw is asked for by hand, so that a frame draws a layer once whatever changed in it.
Konva.autoDrawEnabled = false;

const DASHES = { solid: [], dash: [12, 6], dot: [3, 4] };
const WIDTHS = { solid: 2, dash: 2, dot: 3 };
const CASING_LIMIT = 600;
const SETTLE_MS = 120;
const MIDDLE = screenPoint(VIEWPORT.width / 2, VIEWPORT.height / 2);
const QUIET = { listening: false, perfectDrawEnabled: false, shadowForStrokeEnabled: false } as const;

interface NodeProps {
  readonly shape: Shape;
  /** One screen pixel in image pixels, as of the last rest. */
  readonly pixel: number;
  readonly labelled: boolean;
  readonly casing: boolean;
}

function outline(shape: Shape, look: object) {
  const [x1, y1, x2, y2] = shape.bbox;
  if (shape.kind === "polygon")
    return <Line points={[...(shape.rings[0] ?? [])]} closed {...QUIET} {...look} />;
  return <Rect x={x1} y={y1} width={x2 - x1} height={y2 - y1} {...QUIET} {...look} />;
}

const widths = new TextWidths();
const measuring = document.createElement("canvas").getContext("2d");

function textWidth(shape: Shape): number {
  if (measuring === null) return 0;
  measuring.font = "500 12px system-ui";
  return widths.of(measuring, labelText(shape));
}

const ShapeNode = memo(function ShapeNode({ shape, pixel, labelled, casing }: NodeProps) {
  const stroke = { strokeScaleEnabled: false, dash: DASHES[shape.style] };
  const width = textWidth(shape);
  return (
    <Group name={shape.id} {...QUIET}>
      {casing
        ? outline(shape, { ...stroke, stroke: "rgba(0, 0, 0, 0.35)", strokeWidth: WIDTHS[shape.style] + 2 })
        : null}
      {outline(shape, {
        ...stroke,
        stroke: shape.colour,
        strokeWidth: WIDTHS[shape.style],
        ...(shape.calm ? {} : { fill: withAlpha(shape.colour, 0.14) }),
      })}
      {labelled ? (
        <Group x={shape.bbox[0]} y={shape.bbox[1]} scaleX={pixel} scaleY={pixel} {...QUIET}>
          <Rect
            y={-LABEL_HEIGHT_PX}
            width={width + 2 * LABEL_PADDING_PX}
            height={LABEL_HEIGHT_PX}
            fill={shape.colour}
            {...QUIET}
          />
          <Text
            x={LABEL_PADDING_PX}
            y={3 - LABEL_HEIGHT_PX}
            text={labelText(shape)}
            fontSize={12}
            fontStyle="500"
            fill={inkOn(shape.colour)}
            {...QUIET}
          />
        </Group>
      ) : null}
    </Group>
  );
});

interface Shown {
  readonly view: Viewport;
  readonly inSight: ReadonlySet<string>;
  readonly dragged: string | null;
}

interface BoardProps {
  readonly scene: Scene;
  readonly start: Shown;
  readonly refs: {
    stage: React.RefObject<Konva.Stage | null>;
    shapes: React.RefObject<Konva.Layer | null>;
    drag: React.RefObject<Konva.Layer | null>;
  };
  readonly join: (show: (shown: Shown) => void) => void;
}

/** Re-rendered when the view comes to rest; while it moves, nodes are changed by hand. */
function Board({ scene, start, refs, join }: BoardProps) {
  const [shown, setShown] = useState(start);
  const node = useCallback(
    (shape: Shape) => {
      const { scale } = shown.view;
      const labelled =
        shown.inSight.has(shape.id) && hasRoom((shape.bbox[2] - shape.bbox[0]) * scale, textWidth(shape));
      return (
        <ShapeNode
          key={shape.id}
          shape={shape}
          pixel={labelled ? 1 / scale : 1}
          labelled={labelled}
          casing={shown.inSight.size <= CASING_LIMIT}
        />
      );
    },
    [shown],
  );
  join(setShown);
  return (
    <Stage ref={refs.stage} width={VIEWPORT.width} height={VIEWPORT.height} listening={false}>
      <Layer listening={false}>
        <Image image={scene.picture.source} width={PICTURE.width} height={PICTURE.height} {...QUIET} />
      </Layer>
      <Layer ref={refs.shapes} listening={false}>
        {scene.shapes.filter((shape) => shape.id !== shown.dragged).map(node)}
      </Layer>
      <Layer ref={refs.drag} listening={false}>
        {scene.shapes.filter((shape) => shape.id === shown.dragged).map(node)}
      </Layer>
    </Stage>
  );
}

/** react-konva as one would tune it: nothing listens while it moves, a drag has its own layer, perfectDraw is off. */
export class KonvaCanvas implements Contestant {
  private root: Root | null = null;
  private scene: Scene | null = null;
  private index = new ShapeIndex([]);
  private view: Viewport = { scale: 1, x: 0, y: 0 };
  private inSight: ReadonlySet<string> = new Set();
  private nodes = new Map<string, Konva.Node>();
  private settleTimer: number | null = null;
  private show: (shown: Shown) => void = () => {};
  private dragged: string | null = null;
  private readonly refs = {
    stage: createRef<Konva.Stage>(),
    shapes: createRef<Konva.Layer>(),
    drag: createRef<Konva.Layer>(),
  };

  async mount(place: HTMLElement, scene: Scene): Promise<void> {
    this.scene = scene;
    this.index = new ShapeIndex(scene.shapes);
    this.view = fitView(PICTURE, VIEWPORT);
    this.inSight = this.found();
    const root = createRoot(place);
    this.root = root;
    const start: Shown = { view: this.view, inSight: this.inSight, dragged: null };
    const join = (show: (shown: Shown) => void) => {
      this.show = show;
    };
    flushSync(() => root.render(<Board scene={scene} start={start} refs={this.refs} join={join} />));
    this.collect();
    this.place();
  }

  private collect(): void {
    this.nodes = new Map(this.refs.shapes.current?.getChildren().map((node) => [node.name(), node]));
  }

  private found(): ReadonlySet<string> {
    return new Set(this.index.within(visibleBox(this.view, VIEWPORT)).map((shape) => shape.id));
  }

  private place(): void {
    const stage = this.refs.stage.current;
    stage?.scale({ x: this.view.scale, y: this.view.scale });
    stage?.position({ x: this.view.x, y: this.view.y });
    stage?.batchDraw();
  }

  /** What is out of sight is not drawn: the same index as ours, only what changed is told to the nodes. */
  private cull(): void {
    const now = this.found();
    for (const id of this.inSight) if (!now.has(id)) this.nodes.get(id)?.visible(false);
    for (const id of now) if (!this.inSight.has(id)) this.nodes.get(id)?.visible(true);
    this.inSight = now;
  }

  private moved(view: Viewport): void {
    this.view = view;
    this.cull();
    this.place();
    if (this.settleTimer !== null) clearTimeout(this.settleTimer);
    this.settleTimer = window.setTimeout(() => {
      this.settleTimer = null;
      this.settle();
    }, SETTLE_MS);
  }

  private settle(): void {
    flushSync(() => this.show({ view: this.view, inSight: this.inSight, dragged: this.dragged }));
    this.collect();
    this.place();
  }

  fit(): void {
    this.view = fitView(PICTURE, VIEWPORT);
    this.cull();
    this.settle();
  }

  zoom(factor: number): void {
    this.moved(zoomAt(this.view, MIDDLE, factor, PICTURE, VIEWPORT));
  }

  pan(dx: number, dy: number): void {
    this.moved(panBy(this.view, dx, dy, PICTURE, VIEWPORT));
  }

  startDrag(): void {
    this.dragged = this.scene?.dragged ?? null;
    this.settle();
  }

  drag(dx: number, dy: number): void {
    this.refs.drag.current?.getChildren()[0]?.move({ x: dx / this.view.scale, y: dy / this.view.scale });
    this.refs.drag.current?.batchDraw();
  }

  endDrag(): void {
    this.dragged = null;
    this.settle();
  }

  get moving(): boolean {
    return this.settleTimer !== null;
  }

  counters(): null {
    return null;
  }

  unmount(): void {
    if (this.settleTimer !== null) clearTimeout(this.settleTimer);
    this.settleTimer = null;
    this.root?.unmount();
    this.root = null;
    this.nodes.clear();
  }
}
