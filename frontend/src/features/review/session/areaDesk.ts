import type { Proposal, Question } from "@/canvas/proposal";
import type { ToolName } from "@/commands/command";
import * as edits from "@/document/edits";
import { type Geometry, maskGeometry, polygonGeometry } from "@/document/geometry";
import { newRegionId } from "@/document/ids";
import type { Desk } from "@/editors";
import { type Rings, roundRings } from "@/geometry/polygons";
import { fillRings } from "@/masks/fill";
import { type MaskThread, newMaskThread } from "@/masks/maskThread";
import { isTooIntricate, type Reshaped, type Reshaping, reshape } from "@/masks/reshape";
import type { Rle } from "@/masks/rle";
import { RegionDesk } from "./regionDesk";
import { say } from "./say";

const BRUSH = { smallest: 0.5, largest: 500 };
const TOLERANCE = { smallest: 0, largest: 20 };

/** What is done to polygons and masks. */
export class AreaDesk extends RegionDesk implements Desk {
  private thread: MaskThread | null = null;

  protected stopReshaping(): void {
    this.thread?.stop();
    this.thread = null;
  }

  /** Pressed again, the brush begins a new mask instead of going on with the selected one. */
  override setTool(tool: ToolName): void {
    const again = tool === "brush" && this.state.tool === "brush";
    super.setTool(tool);
    if (!again || this.document.state.selectedId === null) return;
    this.select(null);
    this.note(say("shape.new_mask"));
  }

  setBrushRadius(pixels: number): void {
    this.view.setState({ brushRadius: Math.min(Math.max(pixels, BRUSH.smallest), BRUSH.largest) });
  }

  resizeBrush(factor: number): void {
    this.setBrushRadius(this.state.brushRadius * factor);
    const { brushRadius } = this.state;
    this.note(say("shape.brush", { size: Math.max(1, Math.round(2 * brushRadius)) }));
  }

  /** Only a desk with a server behind it has answers. */
  async propose(_question: Question): Promise<Proposal | null> {
    return null;
  }

  takeProposal(_proposal: Proposal): void {}

  // What a gesture ends with

  protected draw(name: string, geometry: Geometry, classId = this.state.nextClassId): void {
    if (classId === null) {
      this.note(say("class.missing"));
      return;
    }
    const id = newRegionId();
    this.change(name, edits.addRegion(id, classId, geometry), { select: id });
    this.unpick();
  }

  /** A mask holds pixels; a sliver between their centres would be refused by the server. */
  private holdsPixels(rings: Rings): boolean {
    const { width, height } = this.document.doc;
    if (fillRings(rings, [height, width]).bits.includes(1)) return true;
    this.note(say("shape.too_thin"), { tone: "ask" });
    return false;
  }

  private setOutline(name: string, id: string, geometry: Geometry): void {
    const region = this.document.doc.regions[id];
    if (region === undefined || region.state === "rejected") return;
    this.unpick();
    this.change(name, edits.setGeometry(id, geometry), { select: id });
  }

  drawRings(rings: Rings): void {
    if (this.holdsPixels(rings)) this.draw("polygonTool", polygonGeometry(rings));
  }

  setRings(id: string, rings: Rings): void {
    if (this.holdsPixels(rings)) this.setOutline("moveRegion", id, polygonGeometry(rings));
  }

  drawMask(rle: Rle): void {
    this.draw("brushTool", maskGeometry(rle));
  }

  setMask(id: string, rle: Rle | null): void {
    if (rle !== null) {
      this.setOutline("paint", id, maskGeometry(rle));
      return;
    }
    if (this.change("paint", edits.rejectRegion(id))) this.note(say("shape.erased"), { undo: true });
  }

  nothingToErase(): void {
    const polygon = this.selected?.kind === "polygon";
    this.note(say(polygon ? "shape.erase_polygon" : "shape.erase_nothing"), { tone: "ask" });
  }

  override nudge(dx: number, dy: number): void {
    if (this.selected?.kind === "mask") this.note(say("shape.not_moved"));
    else super.nudge(dx, dy);
  }

  // Drawing order

  stackSelected(place: "front" | "back"): void {
    const region = this.selected;
    if (region === null || region.state === "rejected") return;
    const changed = this.change(`stack_${place}`, edits.stackRegion(region.id, place));
    this.note(say(changed ? `shape.stacked.${place}` : `shape.already.${place}`), { undo: changed });
  }

  // One form into the other

  setTolerance(pixels: number): void {
    this.view.setState({ tolerance: Math.min(Math.max(pixels, TOLERANCE.smallest), TOLERANCE.largest) });
  }

  setTryOut(rings: Rings | null): void {
    if (this.state.tryOut !== rings) this.view.setState({ tryOut: rings });
  }

  async tryReshape(regionId: string, how: Reshaping): Promise<Reshaped | null> {
    const { doc } = this.document;
    const region = doc.regions[regionId];
    if (region === undefined) return null;
    this.thread ??= newMaskThread();
    const { tolerance } = this.state;
    const made = await reshape(this.thread, region, how, { tolerance, picture: doc });
    return made?.rings == null ? made : { ...made, rings: roundRings(made.rings) };
  }

  reshapeSelected(how: Reshaping): void {
    if (!this.locked) this.afterStrokes(() => void this.reshapeNow(how));
  }

  private async reshapeNow(how: Reshaping): Promise<void> {
    const region = this.selected;
    if (region === null || region.state === "rejected") return;
    if (region.kind !== (how === "polygon" ? "mask" : "polygon")) {
      this.note(say(`shape.cannot.${how}`), { tone: "ask" });
      return;
    }
    const made = await this.tryReshape(region.id, how).catch(() => null);
    // Whoever went on working meanwhile does not want it any more.
    if (this.document.doc.regions[region.id] !== region) return;
    if (made === null || isTooIntricate(made)) {
      this.note(say(made === null ? "shape.nothing_left" : "shape.too_intricate"), { tone: "ask" });
      return;
    }
    this.setTryOut(null);
    const { rings, rle, corners, iou } = made;
    const geometry = rings === null ? rle && maskGeometry(rle) : polygonGeometry(rings);
    if (geometry === null) return;
    const changed = this.change(`reshape_${how}`, edits.setGeometry(region.id, geometry));
    const lost = ((1 - iou) * 100).toFixed(1);
    this.note(say(changed ? `shape.done.${how}` : "shape.same", { corners, lost }), { undo: changed });
  }
}
