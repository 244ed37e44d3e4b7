import { createStore, type StoreApi } from "zustand/vanilla";
import type { DialogName, ToolName } from "@/commands/command";
import { DocumentStore } from "@/document/documentStore";
import * as edits from "@/document/edits";
import { newRegionId } from "@/document/ids";
import { isKept, isShown, isUnchecked, listRegions, type Region } from "@/document/region";
import type { CanvasPort, Desk } from "@/editors";
import { type Box, iou, type MovedPart } from "@/geometry/boxes";
import type { Project } from "@/lib/api";
import { firstView, type Note, type ReviewView, withShow } from "./reviewView";
import { say } from "./say";

const NOTE_MS = 3500;
const LONG_NOTE_MS = 8000;
/** A box drawn over a guess of the same class by this much is a correction of it, not a second object. */
const SAME_OBJECT_IOU = 0.7;
const PARTS: readonly MovedPart[] = ["box", "right-bottom", "left-top"];
const GHOST_TAP_MS = 250;

/** Everything a person does to the regions of one item. What concerns items and the server is in ReviewSession. */
export class RegionDesk implements Desk {
  readonly document = new DocumentStore();
  readonly view: StoreApi<ReviewView>;
  protected canvas: CanvasPort | null = null;
  private noteTimer: number | null = null;
  private ghostSince: { at: number; wasOn: boolean } | null = null;

  constructor(readonly project: Project) {
    this.view = createStore<ReviewView>(() => firstView(project));
  }

  /** A lead changed classes or thresholds while the page is open; the work in hand stays as it is. */
  projectChanged(project: Project): void {
    const { classes, thresholds } = firstView(project);
    const slid = this.state.thresholds.show !== firstView(this.project).thresholds.show;
    this.view.setState(slid ? { classes } : { classes, thresholds });
  }

  protected get state(): ReviewView {
    return this.view.getState();
  }

  protected get single(): boolean {
    return this.project.task_type === "image_classification";
  }

  protected get selected(): Region | null {
    const { doc, selectedId } = this.document.state;
    return selectedId === null ? null : (doc.regions[selectedId] ?? null);
  }

  protected get locked(): boolean {
    return this.state.readOnly || this.state.phase !== "working";
  }

  unchecked(): Region[] {
    return listRegions(this.document.doc).filter((region) => isUnchecked(region, this.state.thresholds));
  }

  attach(canvas: CanvasPort | null): void {
    this.canvas = canvas;
    canvas?.focus();
  }

  focusCanvas(): void {
    this.canvas?.focus();
  }

  note(text: string | null, { tone = "calm", undo = false }: Partial<Note> = {}): void {
    if (this.noteTimer !== null) window.clearTimeout(this.noteTimer);
    this.noteTimer = null;
    this.view.setState({ note: text === null ? null : { text, tone, undo } });
    const stands = undo || tone === "ask" ? LONG_NOTE_MS : NOTE_MS;
    if (text !== null) this.noteTimer = window.setTimeout(() => this.view.setState({ note: null }), stands);
  }

  private change(
    name: string,
    edit: edits.Edit,
    more: { select?: string | null; joinKey?: string } = {},
  ): boolean {
    if (this.locked) return false;
    return this.document.change({ name, edit, ...more });
  }

  // Selection

  select(id: string | null): void {
    this.document.select(id);
  }

  /** Selects a region and brings it into view if it cannot be seen. */
  protected show(region: Region | undefined): void {
    if (region === undefined) return;
    this.document.select(region.id);
    if (region.bbox !== null) this.canvas?.reveal(region.bbox);
  }

  step(direction: 1 | -1, among: "unchecked" | "any"): void {
    const { thresholds } = this.state;
    const { doc, selectedId } = this.document.state;
    const shown = listRegions(doc).filter((region) => isShown(region, thresholds));
    const wanted = (region: Region) =>
      among === "any" ? isKept(region, thresholds) : isUnchecked(region, thresholds);
    const from = shown.findIndex((region) => region.id === selectedId);
    for (let moved = 1; moved <= shown.length; moved += 1) {
      const start = from < 0 && direction < 0 ? 0 : from;
      const region = shown[(start + direction * moved + shown.length * 2) % shown.length];
      if (region !== undefined && wanted(region)) {
        this.show(region);
        return;
      }
    }
  }

  private afterDecision(): void {
    if (this.unchecked().length > 0) this.step(1, "unchecked");
    else this.note(say("submit.ready"));
  }

  // Decisions

  acceptSelected(): void {
    const region = this.selected;
    if (region === null) {
      this.step(1, "unchecked");
      return;
    }
    this.change("acceptRegion", edits.acceptRegion(region.id));
    if (!this.locked) this.afterDecision();
  }

  acceptAll(): void {
    const count = this.unchecked().length;
    if (count === 0) {
      this.note(say("note.nothing_to_accept"));
      return;
    }
    if (!this.change("acceptAll", edits.acceptShown(this.state.thresholds))) return;
    this.note(say("note.accepted_all", { count }), { undo: true });
  }

  rejectSelected(): void {
    const region = this.selected;
    if (region === null || region.state === "rejected") return;
    const wasUnchecked = isUnchecked(region, this.state.thresholds);
    const following = this.neighbour(region.id);
    const stays = region.prediction !== null;
    this.change("rejectRegion", edits.rejectRegion(region.id), stays ? {} : { select: following });
    if (wasUnchecked && !this.locked) this.afterDecision();
    else if (stays) this.document.select(following);
  }

  /** The region to go to when this one goes away. */
  private neighbour(id: string): string | null {
    const kept = listRegions(this.document.doc).filter((one) => isKept(one, this.state.thresholds));
    const position = kept.findIndex((one) => one.id === id);
    return (kept[position + 1] ?? kept[position - 1])?.id ?? null;
  }

  restoreSelected(): void {
    const region = this.selected;
    if (region !== null) this.change("restoreRegion", edits.restoreRegion(region.id));
  }

  nothingHere(): void {
    const { thresholds } = this.state;
    const count = listRegions(this.document.doc).filter((region) => isKept(region, thresholds)).length;
    if (!this.change("nothingHere", edits.clearAll(thresholds), { select: null })) return;
    this.note(say("note.cleared", { count }), { undo: true });
  }

  // Classes

  chooseClassAt(position: number): void {
    const label = this.state.classes[position];
    if (label !== undefined) this.chooseClass(label.id);
  }

  chooseClass(classId: number): void {
    if (this.locked) return;
    if (this.single) {
      this.change("setClass", edits.chooseClass(classId, newRegionId()));
      return;
    }
    this.view.setState({ nextClassId: classId });
    const region = this.selected;
    if (region === null || region.state === "rejected") return;
    const wasUnchecked = isUnchecked(region, this.state.thresholds);
    this.change("setClass", edits.setClass(region.id, classId));
    if (wasUnchecked) this.afterDecision();
  }

  // Boxes

  setBox(id: string, box: Box): void {
    this.change("moveRegion", edits.setBox(id, box), { select: id });
  }

  drawBox(box: Box): void {
    const { nextClassId } = this.state;
    if (nextClassId === null) {
      this.note(say("class.missing"));
      return;
    }
    const guess = this.unchecked().find(
      (region) =>
        region.classId === nextClassId && region.bbox !== null && iou(region.bbox, box) > SAME_OBJECT_IOU,
    );
    if (guess !== undefined) {
      this.change("moveRegion", edits.setBox(guess.id, box), { select: guess.id });
      this.note(say("note.correct_instead"), { undo: true });
      return;
    }
    const id = newRegionId();
    this.change("boxTool", edits.addRegion(id, "bbox", nextClassId, box), { select: id });
  }

  nudge(dx: number, dy: number): void {
    const region = this.selected;
    if (region === null || region.bbox === null || region.state === "rejected") return;
    const { part } = this.state;
    this.change("nudgeRegion", edits.nudge(region.id, part, dx, dy), {
      joinKey: `nudge:${region.id}:${part}`,
    });
  }

  cyclePart(): void {
    const part = PARTS[(PARTS.indexOf(this.state.part) + 1) % PARTS.length] ?? "box";
    this.view.setState({ part });
    this.note(say(`tool.part.${part}`));
  }

  setTool(tool: ToolName): void {
    if (!this.single) this.view.setState({ tool });
  }

  undo(): void {
    if (this.locked) return;
    const name = this.document.undo();
    this.note(
      name === null ? say("note.nothing_to_undo") : say("note.undone", { name: say(`step.${name}`) }),
    );
  }

  redo(): void {
    if (this.locked) return;
    const name = this.document.redo();
    this.note(
      name === null ? say("note.nothing_to_redo") : say("note.redone", { name: say(`step.${name}`) }),
    );
  }

  /** Esc: cancel the gesture → leave the drawing tool → deselect. */
  escape(): void {
    if (this.canvas?.cancel()) return;
    if (this.state.tool === "box") this.setTool("select");
    else this.document.select(null);
  }

  // View

  holdPan(held: boolean): void {
    this.canvas?.holdPan(held);
  }

  fit(): void {
    this.canvas?.fit();
  }

  zoomBy(factor: number): void {
    this.canvas?.zoomBy(factor);
  }

  zoomToSelected(): void {
    const box = this.selected?.bbox;
    if (box != null) this.canvas?.zoomTo(box);
  }

  ghostDown(): void {
    this.ghostSince = { at: Date.now(), wasOn: this.state.ghost };
    this.view.setState({ ghost: true });
  }

  ghostUp(): void {
    if (this.ghostSince === null) return;
    const tapped = Date.now() - this.ghostSince.at < GHOST_TAP_MS;
    this.view.setState({ ghost: tapped && !this.ghostSince.wasOn });
    this.ghostSince = null;
  }

  toggleGhost(): void {
    this.view.setState({ ghost: !this.state.ghost });
  }

  cycleLabels(): void {
    const labels =
      this.state.labels === "all" ? "selected" : this.state.labels === "selected" ? "none" : "all";
    this.view.setState({ labels });
    this.note(say(`tool.labels_state.${labels}`));
  }

  setShow(value: number): void {
    const show = Math.round(Math.min(Math.max(value, 0.05), 1) * 100) / 100;
    this.view.setState({ thresholds: withShow(this.state.thresholds, show), asked: false });
  }

  moveThreshold(by: number): void {
    this.setShow(this.state.thresholds.show + by);
    this.note(`${say("threshold.title")} ${Math.round(this.state.thresholds.show * 100)} %`);
  }

  openDialog(dialog: DialogName): void {
    if (dialog === "classes" && this.locked) return;
    this.canvas?.cancel();
    this.view.setState({ dialog });
  }

  closeDialog(): void {
    this.view.setState({ dialog: null });
    this.canvas?.focus();
  }
}
