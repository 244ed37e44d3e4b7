import { createStore, type StoreApi } from "zustand/vanilla";
import type { DialogName, EditorSlug, ToolName } from "@/commands/command";
import { DocumentStore } from "@/document/documentStore";
import { type CanvasPort, EDITORS } from "@/editors";
import type { Box } from "@/geometry/boxes";
import type { Project, ThresholdEstimate } from "@/lib/api";
import { firstView, type Note, projectThresholds, type ReviewView, withShow } from "./reviewView";
import { say } from "./say";

const NOTE_MS = 3500;
const LONG_NOTE_MS = 8000;
const GHOST_TAP_MS = 250;

/** What a person sees and how: nothing here changes a region. */
export class ViewDesk {
  readonly document = new DocumentStore();
  readonly view: StoreApi<ReviewView>;
  protected canvas: CanvasPort | null = null;
  private noteTimer: number | null = null;
  private ghostSince: { at: number; wasOn: boolean } | null = null;

  constructor(readonly project: Project) {
    this.view = createStore<ReviewView>(() => firstView(project));
  }

  protected get state(): ReviewView {
    return this.view.getState();
  }

  protected get single(): boolean {
    return this.project.task_type === "image_classification";
  }

  /** Those of the editor, without what the server does not have here. */
  get tools(): readonly ToolName[] {
    const { can_cut_out, task_type } = this.project;
    const { tools } = EDITORS[task_type as EditorSlug];
    return can_cut_out || this.hasModel ? tools : tools.filter((tool) => tool !== "cutOut");
  }

  /** A model is deployed that can be asked what is under a click. */
  protected get hasModel(): boolean {
    const { deployment, task_type } = this.project;
    return task_type === "semantic_segmentation" && deployment !== null && deployment.variant_id !== null;
  }

  protected get locked(): boolean {
    return this.state.readOnly || this.state.phase !== "working";
  }

  attach(canvas: CanvasPort | null): void {
    this.canvas = canvas;
    canvas?.focus();
  }

  /** True when the tool in hand took the key. */
  toolKey(name: string): boolean {
    return this.canvas?.key(name) ?? false;
  }

  /** What was painted becomes part of the document first; at once where nothing was. */
  protected afterStrokes(action: () => void): void {
    const painted = this.canvas?.strokes() ?? null;
    if (painted === null) action();
    else void painted.then(action);
  }

  focusCanvas(): void {
    this.canvas?.focus();
  }

  note(text: string | null, { tone = "calm", undo = false, offer = null }: Partial<Note> = {}): void {
    if (this.noteTimer !== null) window.clearTimeout(this.noteTimer);
    this.noteTimer = null;
    this.view.setState({ note: text === null ? null : { text, tone, undo, offer } });
    const stands = undo || offer !== null || tone === "ask" ? LONG_NOTE_MS : NOTE_MS;
    if (text !== null) this.noteTimer = window.setTimeout(() => this.view.setState({ note: null }), stands);
  }

  /** How often guesses were right, by their score; it comes after the page is open, or never. */
  setEstimate(estimate: ThresholdEstimate): void {
    this.view.setState({ measured: { estimate, under: projectThresholds(this.project) } });
  }

  holdPan(held: boolean): void {
    this.canvas?.holdPan(held);
  }

  fit(): void {
    this.canvas?.fit();
  }

  zoomBy(factor: number): void {
    this.canvas?.zoomBy(factor);
  }

  protected zoomTo(box: Box | null | undefined): void {
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
