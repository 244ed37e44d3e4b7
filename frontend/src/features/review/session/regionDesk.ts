import type { ToolName } from "@/commands/command";
import * as bulk from "@/document/bulkEdits";
import { type CheckOrder, inCheckOrder, readingList } from "@/document/checkOrder";
import { differences } from "@/document/diff";
import * as edits from "@/document/edits";
import { boxGeometry } from "@/document/geometry";
import { newRegionId } from "@/document/ids";
import { isKept, isShown, isUnchecked, listRegions, type Region } from "@/document/region";
import { acceptable, bulkAccept, FEWEST } from "@/editors/regions/bulkAccept";
import { percent } from "@/editors/regions/shapes";
import { type Box, iou, type MovedPart } from "@/geometry/boxes";
import type { Project } from "@/lib/api";
import { rememberOrder } from "./orderMemory";
import { firstView, NOTHING_PICKED } from "./reviewView";
import { say } from "./say";
import { ViewDesk } from "./viewDesk";

/** A box drawn over a guess of the same class by this much is likely a correction of it, not a second object. */
const SAME_OBJECT_IOU = 0.7;
const PARTS: readonly MovedPart[] = ["box", "right-bottom", "left-top"];

/** Everything a person does to the regions of one item. What concerns items and the server is in ReviewSession. */
export class RegionDesk extends ViewDesk {
  /** The box that was just drawn, and the guess under it that may have been meant. */
  private offered: { drawnId: string; guessId: string } | null = null;

  /** A lead changed classes or thresholds while the page is open; the work in hand stays as it is. */
  projectChanged(project: Project): void {
    const { classes, thresholds, submitUnchecked } = firstView(project);
    this.view.setState({ submitUnchecked });
    const lives = (id: number | null) => classes.some((label) => label.id === id);
    const { classes: before, vanished, nextClassId } = this.state;
    const gone = [...vanished, ...before].filter((label) => !lives(label.id));
    if (gone.length !== vanished.length) this.view.setState({ vanished: gone });
    if (!lives(nextClassId)) this.view.setState({ nextClassId: classes[0]?.id ?? null });
    const slid = this.state.thresholds.show !== firstView(this.project).thresholds.show;
    this.view.setState(slid ? { classes } : { classes, thresholds });
  }

  protected get selected(): Region | null {
    const { doc, selectedId } = this.document.state;
    return selectedId === null ? null : (doc.regions[selectedId] ?? null);
  }

  /** In the order in which they are to be checked. */
  unchecked(): Region[] {
    const { thresholds, order } = this.state;
    const open = readingList(this.document.doc).filter((region) => isUnchecked(region, thresholds));
    return [...inCheckOrder(open, thresholds, order)];
  }

  protected change(
    name: string,
    edit: edits.Edit,
    more: { select?: string | null; joinKey?: string } = {},
  ): boolean {
    if (this.locked) return false;
    return this.document.change({ name, edit, ...more });
  }

  // Selection

  select(id: string | null): void {
    this.unpick();
    this.document.select(id);
  }

  protected unpick(): void {
    if (this.state.picked.size > 0) this.view.setState({ picked: NOTHING_PICKED });
  }

  /** Picks these together; one of them is the selected one. */
  pick(ids: readonly string[], selectedId: string): void {
    this.document.select(selectedId);
    this.view.setState({ picked: ids.length > 1 ? new Set(ids) : NOTHING_PICKED });
    if (ids.length > 1) this.note(say("check:picked", { count: ids.length }));
  }

  /** Takes a region (the selected one, unless another is named) into what is picked together, or lets it go. */
  togglePick(id: string | null = this.document.state.selectedId): void {
    if (id === null) return;
    const { selectedId } = this.document.state;
    const picked = new Set(this.state.picked);
    if (picked.size === 0 && selectedId !== null) picked.add(selectedId);
    // The first press on the selected region begins a group of one, which Shift+J and Shift+K extend.
    if (id !== selectedId || this.state.picked.size > 0) {
      if (picked.has(id)) picked.delete(id);
      else picked.add(id);
    }
    if (picked.has(id)) this.document.select(id);
    this.view.setState({ picked });
    this.note(say("check:picked", { count: picked.size }));
  }

  private pickedIds(): string[] {
    const { regions } = this.document.doc;
    return [...this.state.picked].filter((id) => regions[id] !== undefined);
  }

  /** One decision about everything that is picked; false when no group is. */
  private decidePicked(name: string, edit: (id: string) => edits.Edit): boolean {
    const ids = this.pickedIds();
    if (ids.length < 2) return false;
    if (this.locked) return true;
    const changed = this.change(name, bulk.onEach(ids, edit));
    this.unpick();
    if (this.unchecked().length > 0) this.step(1, "unchecked");
    if (changed) this.note(say(`check:bulk.${name}`, { count: ids.length }), { undo: true });
    return true;
  }

  /** Selects a region and brings it into view if it cannot be seen. */
  protected show(region: Region | undefined): void {
    if (region === undefined) return;
    this.document.select(region.id);
    if (region.bbox !== null) this.canvas?.reveal(region.bbox);
  }

  step(direction: 1 | -1, among: "unchecked" | "any"): void {
    const { thresholds, order, diff, picked } = this.state;
    const { doc, selectedId } = this.document.state;
    const extends_ = among === "any" && picked.size > 0;
    if (!extends_) this.unpick();
    const inReadingOrder = diff
      ? differences(doc).map((difference) => difference.region)
      : readingList(doc).filter((region) => isShown(region, thresholds));
    const shown = among === "any" || diff ? inReadingOrder : inCheckOrder(inReadingOrder, thresholds, order);
    const wanted = (region: Region) =>
      diff || (among === "any" ? isKept(region, thresholds) : isUnchecked(region, thresholds));
    const from = shown.findIndex((region) => region.id === selectedId);
    for (let moved = 1; moved <= shown.length; moved += 1) {
      const start = from < 0 && direction < 0 ? 0 : from;
      const region = shown[(start + direction * moved + shown.length * 2) % shown.length];
      if (region !== undefined && wanted(region)) {
        this.show(region);
        if (extends_) this.pick([...picked, region.id], region.id);
        return;
      }
    }
  }

  /** The list of changes; J and K walk it, and the guesses are drawn as ghosts for as long as it is open. */
  toggleDiff(): void {
    const diff = !this.state.diff;
    this.unpick();
    this.view.setState({ diff });
    const changed = differences(this.document.doc).map((difference) => difference.region);
    const { selectedId } = this.document.state;
    if (diff && !changed.some((region) => region.id === selectedId)) this.show(changed[0]);
    this.note(say(diff ? "check:diff.count" : "check:diff.closed", { count: changed.length }));
  }

  setOrder(order: CheckOrder): void {
    rememberOrder(order);
    this.view.setState({ order });
  }

  switchOrder(): void {
    this.setOrder(this.state.order === "margin" ? "reading" : "margin");
    this.note(say(`check:order.${this.state.order}_note`));
  }

  private afterDecision(): void {
    if (this.unchecked().length > 0) this.step(1, "unchecked");
    else this.note(say("submit.ready"));
  }

  // Decisions

  acceptSelected(): void {
    if (this.decidePicked("acceptRegion", edits.acceptRegion)) return;
    const region = this.selected;
    if (region === null) {
      this.step(1, "unchecked");
      return;
    }
    this.change("acceptRegion", edits.acceptRegion(region.id));
    if (!this.locked) this.afterDecision();
  }

  /** Everything that is shown, in one step; refused where nobody knows how often such guesses are right. */
  acceptAll(): void {
    const { thresholds, measured } = this.state;
    const bulk = bulkAccept(measured, thresholds);
    if (!bulk.on) {
      const value = percent(bulk.from);
      this.note(say(`check:bulk.off.${bulk.why}`, { value, count: bulk.n, fewest: FEWEST }), { tone: "ask" });
      return;
    }
    const count = acceptable(this.document.doc, thresholds);
    if (count === 0) {
      this.note(say("note.nothing_to_accept"));
      return;
    }
    if (!this.change("acceptAll", edits.acceptShown(thresholds))) return;
    this.note(say("note.accepted_all", { count }), { undo: true });
  }

  rejectSelected(): void {
    if (this.decidePicked("rejectRegion", edits.rejectRegion)) return;
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
    const kept = readingList(this.document.doc).filter((one) => isKept(one, this.state.thresholds));
    const position = kept.findIndex((one) => one.id === id);
    return (kept[position + 1] ?? kept[position - 1])?.id ?? null;
  }

  restoreSelected(): void {
    if (this.decidePicked("restoreRegion", edits.restoreRegion)) return;
    const region = this.selected;
    if (region !== null && region.prediction === null) this.note(say("check:diff.own"));
    else if (region !== null) this.change("restoreRegion", edits.restoreRegion(region.id));
  }

  nothingHere(): void {
    const { thresholds } = this.state;
    const count = listRegions(this.document.doc).filter((region) => isKept(region, thresholds)).length;
    if (!this.change("nothingHere", edits.clearAll(thresholds), { select: null })) return;
    this.note(say("note.cleared", { count }), { undo: true });
  }

  /** Says what was not looked at and selects the first; false when there is no such thing, or it may go as it is. */
  protected pointsOut(): boolean {
    const unchecked = this.unchecked();
    const { asked, submitUnchecked } = this.state;
    if (unchecked.length === 0 || (asked && submitUnchecked)) return false;
    this.show(unchecked[0]);
    this.view.setState({ asked: true });
    const text = submitUnchecked ? "submit.unchecked" : "submit.must_check";
    this.note(say(text, { count: unchecked.length }), { tone: "ask" });
    return true;
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
    if (this.decidePicked("setClass", (id) => edits.setClass(id, classId))) return;
    const region = this.selected;
    if (region === null || region.state === "rejected") return;
    const wasUnchecked = isUnchecked(region, this.state.thresholds);
    this.change("setClass", edits.setClass(region.id, classId));
    if (wasUnchecked) this.afterDecision();
  }

  // Boxes

  setBox(id: string, box: Box): void {
    this.unpick();
    this.change("moveRegion", edits.setBox(id, box), { select: id });
  }

  drawBox(box: Box): void {
    const { nextClassId } = this.state;
    if (nextClassId === null) {
      this.note(say("class.missing"));
      return;
    }
    const drawnId = newRegionId();
    const guess = this.guessUnder(box, nextClassId);
    this.change("boxTool", edits.addRegion(drawnId, nextClassId, boxGeometry(box)), { select: drawnId });
    this.unpick();
    if (guess === undefined || this.locked) return;
    this.offered = { drawnId, guessId: guess.id };
    const score = Math.floor((guess.prediction?.score ?? 0) * 100 + 1e-6);
    this.note(say("check:correct.offer", { score }), { offer: "correctInstead" });
  }

  /** An unchecked guess of the class that lies under the box for the most part. */
  private guessUnder(box: Box, classId: number): Region | undefined {
    return this.unchecked().find(
      (region) =>
        region.classId === classId &&
        region.prediction !== null &&
        region.kind === "bbox" &&
        region.bbox !== null &&
        iou(region.bbox, box) > SAME_OBJECT_IOU,
    );
  }

  /** The box just drawn was meant for the guess under it. The offer stands as long as its note does. */
  correctInstead(): void {
    const offered = this.offered;
    this.offered = null;
    if (offered === null || this.state.note?.offer !== "correctInstead") {
      this.note(say("check:correct.none"));
      return;
    }
    const edit = bulk.correctInstead(offered.drawnId, offered.guessId);
    if (this.change("correctInstead", edit, { select: offered.guessId }))
      this.note(say("check:correct.done"), { undo: true });
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
    if (this.tools.includes(tool)) this.view.setState({ tool });
  }

  /** A step was undone or done again: for steps that are about more than the document. */
  protected stepTaken(_name: string, _how: "undone" | "redone"): void {}

  /** While a polygon is drawn, its last corner is the last thing that was done. */
  undo(): void {
    if (this.locked || this.toolKey("Undo")) return;
    this.afterStrokes(() => {
      const name = this.document.undo();
      if (name !== null) this.stepTaken(name, "undone");
      this.note(
        name === null ? say("note.nothing_to_undo") : say("note.undone", { name: say(`step.${name}`) }),
      );
    });
  }

  redo(): void {
    if (this.locked || this.canvas?.strokes() != null) return;
    const name = this.document.redo();
    if (name !== null) this.stepTaken(name, "redone");
    this.note(
      name === null ? say("note.nothing_to_redo") : say("note.redone", { name: say(`step.${name}`) }),
    );
  }

  /** Esc: cancel the gesture → leave the drawing tool → deselect. */
  escape(): void {
    if (this.canvas?.cancel()) return;
    if (this.state.picked.size > 0) this.unpick();
    else if (this.state.diff) this.toggleDiff();
    else if (this.state.tool !== "select") this.setTool("select");
    else this.document.select(null);
  }

  zoomToSelected(): void {
    this.zoomTo(this.selected?.bbox);
  }
}
