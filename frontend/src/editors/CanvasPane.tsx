import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { PointerInput } from "@/canvas/pointerInput";
import type { Shape } from "@/canvas/shape";
import { Stage } from "@/canvas/stage";
import { BoxTool } from "@/canvas/tools/box";
import { BrushTool } from "@/canvas/tools/brush";
import { PanTool } from "@/canvas/tools/pan";
import { PolygonTool } from "@/canvas/tools/polygon";
import { ProposeTool } from "@/canvas/tools/propose";
import { SelectTool } from "@/canvas/tools/select";
import type { ToolName } from "@/commands/command";
import { useKeyTexts } from "@/commands/keyTexts";
import type { Doc } from "@/document/region";
import { screenPoint } from "@/geometry/points";
import styles from "./CanvasPane.module.css";
import type { Desk, DeskView } from "./desk";
import { exposeForTests } from "./testHook";

/** What of a document is drawn; pure functions of the editor. */
export interface Drawing {
  shapes(doc: Doc, view: DeskView, locale: string): Shape[];
  ghosts(doc: Doc, view: DeskView, locale: string): Shape[];
}

interface CanvasPaneProps {
  desk: Desk;
  drawing: Drawing;
  /** Those that the editor has; without any the picture is only looked at. */
  tools: readonly ToolName[];
}

const LABELS_UP_TO = 20_000;

interface Joining {
  drawing: Drawing;
  tools: readonly ToolName[];
  /** The names on the picture are in it. */
  locale: string;
}

interface Parts {
  stage: Stage;
  desk: Desk;
  brush: BrushTool;
  input: PointerInput;
  setTool: (tool: ToolName) => void;
}

/** Keeps a stage in step with the desk: reads both stores, passes on only what changed. */
function follower(
  { stage, desk, brush, input, setTool }: Parts,
  { drawing, tools, locale }: Joining,
): () => void {
  const drawable = tools.length > 0;
  let shown: { doc: Doc; view: DeskView } | null = null;
  return () => {
    const { doc, selectedId } = desk.document.state;
    const view = desk.view.getState();
    const before = shown;
    shown = { doc, view };
    stage.setEditable(drawable && !view.readOnly);
    if (before?.view.picture !== view.picture) stage.setPicture(view.picture);
    if (before?.view.itemId !== view.itemId) {
      // A proposal is of the picture that was there before.
      if (before !== null && drawable) input.cancel();
      stage.fitNow();
    }
    if (drawable && before?.view.tool !== view.tool) setTool(view.tool);
    const changed =
      before?.doc !== doc ||
      before.view.thresholds !== view.thresholds ||
      before.view.classes !== view.classes ||
      before.view.picked !== view.picked;
    if (changed) stage.setShapes(drawing.shapes(doc, view, locale));
    const ghosts = (["ghost", "diff", "tryOut"] as const).some((key) => before?.view[key] !== view[key]);
    if (changed || ghosts) stage.setGhosts(drawing.ghosts(doc, view, locale));
    if (before?.view.brushRadius !== view.brushRadius) brush.setSize(view.brushRadius);
    stage.setSelected(selectedId);
    stage.setPart(view.part);
    stage.setLabels(doc.order.length > LABELS_UP_TO ? "selected" : view.labels);
    const next = view.classes.find((label) => label.id === view.nextClassId);
    if (next !== undefined) stage.setDrawingColour(next.color);
  };
}

/** What a gesture ends with goes to the desk. */
function stageOn(container: HTMLElement, desk: Desk): Stage {
  return new Stage(container, {
    select: (id) => desk.select(id),
    change: (id, box) => desk.setBox(id, box),
    draw: (box) => desk.drawBox(box),
    changeRings: (id, rings) => desk.setRings(id, rings),
    drawRings: (rings) => desk.drawRings(rings),
    changeMask: (id, rle) => desk.setMask(id, rle),
    drawMask: (rle) => desk.drawMask(rle),
    nothingToErase: () => desk.nothingToErase(),
    propose: (question) => desk.propose(question),
    takeProposal: (proposal) => desk.takeProposal(proposal),
  });
}

/** Puts a stage into the container and ties it to the desk; returns what undoes that. */
function joinStage(container: HTMLElement, desk: Desk, how: Joining): () => void {
  const stage = stageOn(container, desk);
  const tools = {
    select: new SelectTool(stage),
    box: new BoxTool(stage),
    polygon: new PolygonTool(stage),
    brush: new BrushTool(stage),
    cutOut: new ProposeTool(stage),
  };
  const input = new PointerInput(container, stage, how.tools.length > 0 ? tools.select : new PanTool(stage));
  const setTool = (tool: ToolName) => input.setTool(tools[tool]);
  const sync = follower({ stage, desk, brush: tools.brush, input, setTool }, how);
  const fill = () => stage.resize({ width: container.clientWidth, height: container.clientHeight });
  const observer = new ResizeObserver(fill);
  observer.observe(container);
  fill();
  sync();
  desk.attach({
    fit: () => stage.fit(),
    zoomTo: (box) => stage.zoomTo(box),
    zoomBy: (factor) =>
      stage.zoomAt(screenPoint(container.clientWidth / 2, container.clientHeight / 2), factor),
    reveal: (box) => stage.reveal(box),
    holdPan: (held) => input.holdPan(held),
    cancel: () => input.cancel(),
    key: (name) => input.key(name),
    strokes: () => (stage.strokesWait ? stage.strokesDone : null),
    focus: () => container.focus({ preventScroll: true }),
  });
  exposeForTests(stage, container, desk);
  const release = [desk.document.store.subscribe(sync), desk.view.subscribe(sync)];
  return () => {
    for (const stop of release) stop();
    observer.disconnect();
    desk.attach(null);
    input.destroy();
    stage.destroy();
  };
}

export function CanvasPane({ desk, drawing, tools }: CanvasPaneProps) {
  const { t, i18n } = useTranslation("review");
  const keys = useKeyTexts();
  const container = useRef<HTMLDivElement>(null);
  const name = useStore(desk.view, (view) => view.itemName);
  const doc = useStore(desk.document.store, (state) => state.doc);

  useEffect(() => {
    if (container.current === null) return;
    return joinStage(container.current, desk, { drawing, tools, locale: i18n.language });
  }, [desk, drawing, tools, i18n.language]);

  return (
    <div
      ref={container}
      className={styles.pane}
      data-testid="canvas"
      role="application"
      // The canvas takes the keys of the page: it must be reachable by keyboard.
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application region is operated by keyboard
      tabIndex={0}
      // The ring is for those who came by Tab; a mark around the picture all day would only be noise.
      onKeyUp={(event) => event.key === "Tab" && event.currentTarget.setAttribute("data-ring", "")}
      onBlur={(event) => event.currentTarget.removeAttribute("data-ring")}
      aria-label={`${t("page.canvas", { name, width: doc.width, height: doc.height, count: doc.order.length })}. ${t("page.canvas_hint", { keys })}`}
    />
  );
}
