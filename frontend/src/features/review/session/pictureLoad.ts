import type { StoreApi } from "zustand/vanilla";
import type { Work } from "@/lib/api";
import { PictureError } from "./pictureJob";
import type { Pictures } from "./pictures";
import type { ReviewView } from "./reviewView";

const SLOW_MS = 10_000;

/** Brings the picture of the item in hand onto the canvas: at once if decoded ahead, else the thumbnail first. */
export class PictureLoad {
  private turn = 0;
  private slowTimer: number | null = null;

  constructor(
    private readonly view: StoreApi<ReviewView>,
    private readonly pictures: Pictures,
  ) {}

  cancel(): void {
    this.turn += 1;
    if (this.slowTimer !== null) window.clearTimeout(this.slowTimer);
    this.slowTimer = null;
  }

  start(work: Work): void {
    this.cancel();
    const { turn } = this;
    this.pictures.shownId = work.item.id;
    const held = this.pictures.peek(work.item.id);
    if (held !== null) {
      this.view.setState({ picture: held, image: { name: "ready" } });
      return;
    }
    const blank = { source: document.createElement("canvas"), ...this.sizeOf(work), preview: true };
    this.view.setState({ picture: blank, image: { name: "loading", received: 0, total: 0, slow: false } });
    this.slowTimer = window.setTimeout(() => this.progress(turn, { slow: true }), SLOW_MS);
    void this.preview(work, turn);
    void this.full(work, turn);
  }

  private sizeOf(work: Work) {
    return { width: work.item.width, height: work.item.height };
  }

  private progress(turn: number, change: { slow?: boolean; received?: number; total?: number }): void {
    const { image } = this.view.getState();
    if (turn === this.turn && image.name === "loading")
      this.view.setState({ image: { ...image, ...change } });
  }

  private async preview(work: Work, turn: number): Promise<void> {
    const preview = await this.pictures.preview(work);
    const { image } = this.view.getState();
    if (preview !== null && turn === this.turn && image.name === "loading")
      this.view.setState({ picture: preview });
  }

  private async full(work: Work, turn: number): Promise<void> {
    try {
      const picture = await this.pictures.load(work, (received, total) =>
        this.progress(turn, { received, total }),
      );
      if (turn === this.turn) this.view.setState({ picture, image: { name: "ready" } });
    } catch (error) {
      if (turn !== this.turn) return;
      const message = error instanceof Error ? error.message : String(error);
      const transient = error instanceof PictureError && error.transient;
      this.view.setState({ image: { name: "broken", message, transient } });
    } finally {
      if (turn === this.turn && this.slowTimer !== null) window.clearTimeout(this.slowTimer);
    }
  }
}
