import type { Picture } from "@/canvas/paintImage";
import type { Work } from "@/lib/api";

export class PictureError extends Error {
  /** True when another try may help: no answer, or a server in trouble. */
  readonly transient: boolean;

  constructor(message: string, transient: boolean) {
    super(message);
    this.name = "PictureError";
    this.transient = transient;
  }
}

export type Progress = (received: number, total: number) => void;

/** Decoded pictures kept: the current one, two ahead, one behind, and one to spare. A 4K picture takes 33 MB. */
const KEPT = 5;
const HALF_FROM_PX = 1600;

async function fetchBlob(url: string, progress: Progress): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin" });
  } catch (error) {
    throw new PictureError(error instanceof Error ? error.message : String(error), true);
  }
  if (!response.ok)
    throw new PictureError(`HTTP ${response.status}`, response.status >= 500 || response.status === 429);
  const total = Number(response.headers.get("Content-Length") ?? 0);
  if (response.body === null) return response.blob();
  const parts: BlobPart[] = [];
  let received = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    received += value.byteLength;
    progress(received, total);
  }
  return new Blob(parts, { type: response.headers.get("Content-Type") ?? "" });
}

async function decode(blob: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(blob);
  } catch (error) {
    throw new PictureError(error instanceof Error ? error.message : String(error), false);
  }
}

async function halfOf(bitmap: ImageBitmap): Promise<ImageBitmap | null> {
  if (Math.max(bitmap.width, bitmap.height) < HALF_FROM_PX) return null;
  const size = { resizeWidth: Math.ceil(bitmap.width / 2), resizeHeight: Math.ceil(bitmap.height / 2) };
  return createImageBitmap(bitmap, { ...size, resizeQuality: "medium" }).catch(() => null);
}

/** Loads and decodes pictures ahead of their use; the same picture is loaded once. */
export class Pictures {
  private readonly loading = new Map<number, Promise<Picture>>();
  private readonly ready = new Map<number, Picture>();

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
    const bitmap = await decode(await fetchBlob(image_url, progress));
    const picture: Picture = { source: bitmap, half: await halfOf(bitmap), width, height, preview: false };
    this.ready.set(id, picture);
    this.evict();
    return picture;
  }

  /** Pictures are given back at once: a browser in no hurry to collect them would hold gigabytes of 4K bitmaps. */
  private evict(): void {
    for (const [id, picture] of this.ready) {
      if (this.ready.size <= KEPT) break;
      if (id === this.shownId) continue;
      this.ready.delete(id);
      for (const source of [picture.source, picture.half]) if (source instanceof ImageBitmap) source.close();
    }
  }

  /** The thumbnail, stretched to the item's size, to stand in until the picture is here; null when there is none. */
  async preview(work: Work): Promise<Picture | null> {
    try {
      const bitmap = await decode(await fetchBlob(work.item.thumbnail_url, () => {}));
      return { source: bitmap, width: work.item.width, height: work.item.height, preview: true };
    } catch {
      return null;
    }
  }
}
