import type { Picture } from "@/canvas/paintImage";
import type { Work } from "@/lib/api";
import type { Progress } from "./pictureJob";
import { picturesAhead } from "./picturesAhead";
import { type PictureThread, pictureThread } from "./pictureThread";

/** Decoded pictures kept beside those ahead: the current one, the one before, and one to spare. */
const OTHERS = 3;

/** Loads and decodes pictures ahead of their use; the same picture is loaded once. */
export class Pictures {
  private readonly loading = new Map<number, Promise<Picture>>();
  private readonly ready = new Map<number, Picture>();

  constructor(private readonly thread: PictureThread = pictureThread()) {}

  /** The item on the canvas, whose picture must stay. */
  shownId: number | null = null;

  /** The decoded picture, if it is here already. */
  peek(itemId: number): Picture | null {
    const picture = this.ready.get(itemId) ?? null;
    if (picture !== null) {
      this.ready.delete(itemId);
      this.ready.set(itemId, picture);
    }
    return picture;
  }

  load(work: Work, progress: Progress = () => {}): Promise<Picture> {
    const { id } = work.item;
    const held = this.peek(id);
    if (held !== null) return Promise.resolve(held);
    let job = this.loading.get(id);
    if (job === undefined) {
      job = this.fetchPicture(work, progress).finally(() => this.loading.delete(id));
      this.loading.set(id, job);
    }
    return job;
  }

  private async fetchPicture(work: Work, progress: Progress): Promise<Picture> {
    const { id, image_url, width, height } = work.item;
    const { bitmap, levels } = await this.thread(image_url, progress);
    const picture: Picture = { source: bitmap, levels, width, height, preview: false };
    this.ready.set(id, picture);
    this.evict();
    return picture;
  }

  /** Pictures are given back at once: a browser in no hurry to collect them would hold gigabytes of 4K bitmaps. */
  private evict(): void {
    for (const [id, picture] of this.ready) {
      if (this.ready.size <= picturesAhead() + OTHERS) break;
      if (id === this.shownId) continue;
      this.ready.delete(id);
      for (const source of [picture.source, ...(picture.levels ?? [])])
        if (source instanceof ImageBitmap) source.close();
    }
  }

  /** The thumbnail, stretched to the item's size, to stand in until the picture is here; null when there is none. */
  async preview(work: Work): Promise<Picture | null> {
    try {
      const { bitmap } = await this.thread(work.item.thumbnail_url, () => {});
      return { source: bitmap, width: work.item.width, height: work.item.height, preview: true };
    } catch {
      return null;
    }
  }
}
