import { boxFromPoints, boxHeight, boxWidth, clampBox, containsPoint, roundBox } from "../../geometry/boxes";
import { distance, type ImagePoint, type ScreenPoint } from "../../geometry/points";
import type { Proposal, Question } from "../proposal";
import { DRAG_THRESHOLD_PX, type Tool, type ToolContext, type ToolEvent } from "./tool";

type State =
  | { readonly name: "idle" }
  | { readonly name: "armed"; readonly from: ScreenPoint; readonly event: ToolEvent }
  | { readonly name: "drawing"; readonly image: ImagePoint };

interface Step {
  readonly question: Question;
  readonly proposal: Proposal;
}

/** Asks what is under a click or in a box; the answer is looked at, put right by further clicks, and taken or dropped. */
export class ProposeTool implements Tool {
  readonly name = "cutOut";
  private now: State = { name: "idle" };
  /** Answers to the question and to what was added to it; the last one is shown. */
  private steps: Step[] = [];
  private asked: Question | null = null;

  constructor(private readonly context: ToolContext) {}

  get state(): string {
    if (this.asked !== null) return "asking";
    return this.now.name === "idle" && this.steps.length > 0 ? "proposed" : this.now.name;
  }

  private get last(): Step | undefined {
    return this.steps.at(-1);
  }

  pointerDown(event: ToolEvent): void {
    if (this.context.editable) this.now = { name: "armed", from: event.screen, event };
  }

  pointerMove(event: ToolEvent): void {
    if (this.now.name === "armed" && distance(this.now.from, event.screen) >= DRAG_THRESHOLD_PX) {
      this.drop();
      this.now = { name: "drawing", image: this.now.event.image };
    }
    if (this.now.name === "drawing")
      this.context.drawing(clampBox(boxFromPoints(this.now.image, event.image), this.context.imageSize));
  }

  pointerUp(event: ToolEvent): void {
    const ended = this.now;
    this.now = { name: "idle" };
    if (ended.name === "armed") this.clicked(ended.event);
    if (ended.name !== "drawing") return;
    this.context.drawing(null);
    const box = roundBox(clampBox(boxFromPoints(ended.image, event.image), this.context.imageSize));
    if (boxWidth(box) >= 2 && boxHeight(box) >= 2) this.ask({ ...this.empty(), box });
  }

  private empty(): Question {
    return { point: null, box: null, inside: [], outside: [], size: null };
  }

  private clicked({ image, alt, shift }: ToolEvent): void {
    const { width, height } = this.context.imageSize;
    if (image.x < 0 || image.y < 0 || image.x >= width || image.y >= height) return;
    const { last } = this;
    if (last === undefined || this.asked !== null) {
      if (!alt) this.ask({ ...this.empty(), point: image });
      return;
    }
    const { question, proposal } = last;
    const size = Math.max(boxWidth(proposal.bbox), boxHeight(proposal.bbox));
    if (alt) this.ask({ ...question, size, outside: [...question.outside, image] });
    else if (shift) this.ask({ ...question, size, inside: [...question.inside, image] });
    else if (containsPoint(proposal.bbox, image.x, image.y)) this.take(proposal);
    else this.ask({ ...this.empty(), point: image });
  }

  private ask(question: Question): void {
    if (question.inside.length + question.outside.length === 0) this.steps = [];
    this.asked = question;
    this.show();
    const answered = (proposal: Proposal | null) => {
      // Whoever asked something else meanwhile, or dropped it, does not want this any more.
      if (this.asked !== question) return;
      this.asked = null;
      if (proposal !== null) this.steps.push({ question, proposal });
      this.show();
    };
    this.context.propose(question).then(answered, () => answered(null));
  }

  private show(): void {
    const question = this.asked ?? this.last?.question;
    const sight = { proposal: this.last?.proposal ?? null, waiting: this.asked !== null };
    this.context.showProposal(question === undefined ? null : { question, ...sight });
  }

  private take(proposal: Proposal): void {
    this.drop();
    this.context.commitProposal(proposal);
  }

  /** True when there was something to drop. */
  private drop(): boolean {
    const had = this.asked !== null || this.steps.length > 0;
    this.asked = null;
    this.steps = [];
    this.show();
    return had;
  }

  pointerOver(event: ToolEvent): void {
    this.context.crosshair(event.screen);
  }

  pointerLeave(): void {
    this.context.crosshair(null);
  }

  cancel(): boolean {
    const drawing = this.now.name === "drawing";
    this.now = { name: "idle" };
    this.context.drawing(null);
    this.context.crosshair(null);
    return this.drop() || drawing;
  }

  key(key: string): boolean {
    const { last } = this;
    if (last === undefined && this.asked === null) return false;
    if (key === "Enter") {
      // While an answer is put right the old one is not what was meant.
      if (last !== undefined && this.asked === null) this.take(last.proposal);
      return true;
    }
    if (key !== "Undo" && key !== "Backspace" && key !== "Delete") return false;
    if (this.asked !== null) this.asked = null;
    else if (key === "Undo") this.steps.pop();
    else this.steps = [];
    this.show();
    return true;
  }

  cursor(): string {
    return this.asked === null ? "crosshair" : "progress";
  }
}
