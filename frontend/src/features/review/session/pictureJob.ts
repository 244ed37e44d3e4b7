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

/** A picture, and copies of a half, a quarter, ... of its size where it is large: together a third of its bytes. */
export interface Decoded {
  readonly bitmap: ImageBitmap;
  readonly levels: readonly ImageBitmap[];
}

/** A picture or a copy with a side as long as this gets one of half its size. */
const HALVED_FROM_PX = 1600;

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function fetchBlob(url: string, progress: Progress): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin" });
  } catch (error) {
    throw new PictureError(textOf(error), true);
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

/** Sizes of the copies of a picture, from the largest. */
export function levelSizes(width: number, height: number): [number, number][] {
  const sizes: [number, number][] = [];
  let [w, h] = [width, height];
  while (Math.max(w, h) >= HALVED_FROM_PX) {
    [w, h] = [Math.ceil(w / 2), Math.ceil(h / 2)];
    sizes.push([w, h]);
  }
  return sizes;
}

/** Each is made of the one before. Where memory is short there are fewer: the picture can be drawn without them. */
export async function levelsOf(bitmap: ImageBitmap): Promise<ImageBitmap[]> {
  const levels: ImageBitmap[] = [];
  for (const [resizeWidth, resizeHeight] of levelSizes(bitmap.width, bitmap.height)) {
    const size = { resizeWidth, resizeHeight, resizeQuality: "medium" } as const;
    const level = await createImageBitmap(levels.at(-1) ?? bitmap, size).catch(() => null);
    if (level === null) break;
    levels.push(level);
  }
  return levels;
}

/** Fetches and decodes one picture. Raises PictureError. */
export async function fetchPicture(url: string, progress: Progress): Promise<Decoded> {
  const blob = await fetchBlob(url, progress);
  try {
    const bitmap = await createImageBitmap(blob);
    return { bitmap, levels: await levelsOf(bitmap) };
  } catch (error) {
    throw new PictureError(textOf(error), false);
  }
}
