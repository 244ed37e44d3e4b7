import type { Proposal, Question } from "@/canvas/proposal";
import type { ToolName } from "@/commands/command";
import { boxGeometry, maskGeometry, polygonGeometry } from "@/document/geometry";
import { isKept, listRegions } from "@/document/region";
import { boxHeight, boxWidth, clampBox, roundBox } from "@/geometry/boxes";
import { roundRings } from "@/geometry/polygons";
import { asApiError } from "@/lib/api";
import { className } from "@/lib/format";
import type { WorkApi } from "../api/workApi";
import { AreaDesk } from "./areaDesk";
import { say } from "./say";

/** Why colour had to answer instead of the model, as far as there are words for it. */
const REASONS = new Set(["model_silent", "no_segmentation_model"]);
/** A model that has let so many questions lie is not waited for again for a minute. */
const SILENT = { most: 3, restMs: 60_000 };

interface Answer {
  readonly proposal: Proposal | null;
  readonly note: string;
}

/** Objects that are proposed under a click, and what a person makes of them. */
export abstract class AssistDesk extends AreaDesk {
  protected abstract readonly api: WorkApi;
  /** What is taken becomes a mask for whoever had the brush in hand before, else a polygon. */
  private asMask = false;
  private asked: Question | null = null;
  private silent = 0;
  private restUntil = 0;

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
    this.asked = question;
    const unwanted = () => itemId !== this.state.itemId || this.asked !== question;
    try {
      const byModel = this.asksModel(question) ? await this.answerOfModel(itemId, question) : null;
      if (unwanted()) return null;
      const { proposal, note } =
        byModel?.proposal != null ? byModel : await this.answerByColour(itemId, question, byModel?.note);
      if (unwanted()) return null;
      this.note(note, proposal === null ? { tone: "ask" } : {});
      return proposal;
    } catch (error) {
      if (!unwanted())
        this.note(say("assist.failed", { message: asApiError(error).message }), { tone: "ask" });
      return null;
    }
  }

  /** It knows whole objects: what is to be taken away from one is a matter of colour. */
  private asksModel({ outside }: Question): boolean {
    return this.hasModel && outside.length === 0 && Date.now() >= this.restUntil;
  }

  /** What the model says, or why it says nothing. */
  private async answerOfModel(itemId: number, question: Question): Promise<Answer> {
    try {
      const proposal = await this.api.proposeByModel(itemId, question, this.asMask);
      this.silent = 0;
      if (proposal === null) return { proposal, note: say("assist.instead.nothing") };
      const label = this.state.classes.find(({ id }) => id === proposal.classId);
      const name = label === undefined ? "" : className(label);
      return { proposal, note: say("assist.by_model", { name }) };
    } catch (error) {
      const { code, message } = asApiError(error);
      if (code === "model_silent") this.countSilence();
      return {
        proposal: null,
        note: say(`assist.instead.${REASONS.has(code) ? code : "failed"}`, { message }),
      };
    }
  }

  private countSilence(): void {
    this.silent += 1;
    if (this.silent < SILENT.most) return;
    this.silent = 0;
    this.restUntil = Date.now() + SILENT.restMs;
  }

  private async answerByColour(itemId: number, question: Question, why?: string): Promise<Answer> {
    const asked = { ...question, size: question.size ?? this.usualSize() };
    const proposal = await this.api.propose(itemId, asked, this.asMask && !this.boxes);
    const note = say(proposal === null ? "assist.nothing" : "assist.found");
    return { proposal, note: why === undefined ? note : `${why} ${note}` };
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

  /** Becomes a region of the class that the model said, else of the one that new regions get. */
  override takeProposal({ bbox, rings, rle, classId }: Proposal): void {
    const shape = this.boxes
      ? boxGeometry(roundBox(clampBox(bbox, this.document.doc)))
      : rle === null
        ? polygonGeometry(roundRings(rings))
        : maskGeometry(rle);
    const known = this.state.classes.some(({ id }) => id === classId);
    this.draw("assist", shape, known ? classId : undefined);
  }
}
