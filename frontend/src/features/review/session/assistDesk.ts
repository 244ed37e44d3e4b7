import type { Proposal, Question } from "@/canvas/proposal";
import type { ToolName } from "@/commands/command";
import { boxGeometry, maskGeometry, polygonGeometry } from "@/document/geometry";
import { isKept, listRegions } from "@/document/region";
import { boxHeight, boxWidth, clampBox, roundBox } from "@/geometry/boxes";
import { roundRings } from "@/geometry/polygons";
import { asApiError } from "@/lib/api";
import type { WorkApi } from "../api/workApi";
import { AreaDesk } from "./areaDesk";
import { say } from "./say";

/** Objects that are proposed under a click, and what a person makes of them. */
export abstract class AssistDesk extends AreaDesk {
  protected abstract readonly api: WorkApi;
  /** What is taken becomes a mask for whoever had the brush in hand before, else a polygon. */
  private asMask = false;

  override setTool(tool: ToolName): void {
    const { tool: before } = this.state;
    if (tool === "cutOut" && !this.tools.includes(tool)) {
      this.note(say("assist.not_here"), { tone: "ask" });
      return;
    }
    if (tool === "cutOut" && before !== tool) this.asMask = before === "brush";
    super.setTool(tool);
    if (tool === "cutOut" && before !== tool) this.note(say("assist.how"));
  }

  /** What is under the click; null, with the reason said, where nothing is found. */
  override async propose(question: Question): Promise<Proposal | null> {
    const { itemId } = this.state;
    if (itemId === null || this.locked) return null;
    const asked = { ...question, size: question.size ?? this.usualSize() };
    try {
      const proposal = await this.api.propose(itemId, asked, this.asMask && !this.boxes);
      if (itemId !== this.state.itemId) return null;
      if (proposal === null) this.note(say("assist.nothing"), { tone: "ask" });
      else this.note(say("assist.found"));
      return proposal;
    } catch (error) {
      this.note(say("assist.failed", { message: asApiError(error).message }), { tone: "ask" });
      return null;
    }
  }

  private get boxes(): boolean {
    return this.project.task_type === "object_detection";
  }

  /** The middle one of the long sides of what is shown of the class to be drawn, else of all that is shown. */
  private usualSize(): number | null {
    const { thresholds, nextClassId } = this.state;
    const kept = listRegions(this.document.doc).filter((region) => isKept(region, thresholds));
    const alike = kept.filter((region) => region.classId === nextClassId);
    const sides = (alike.length > 0 ? alike : kept)
      .flatMap(({ bbox }) => (bbox === null ? [] : [Math.max(boxWidth(bbox), boxHeight(bbox))]))
      .sort((a, b) => a - b);
    return sides[sides.length >> 1] ?? null;
  }

  /** Becomes a region of the class that new regions get. */
  override takeProposal({ bbox, rings, rle }: Proposal): void {
    const shape = this.boxes
      ? boxGeometry(roundBox(clampBox(bbox, this.document.doc)))
      : rle === null
        ? polygonGeometry(roundRings(rings))
        : maskGeometry(rle);
    this.draw("assist", shape);
  }
}
