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

/** A picture, and its half-size copy where it is large. */
export interface Decoded {
  readonly bitmap: ImageBitmap;
  readonly half: ImageBitmap | null;
}

const HALF_FROM_PX = 1600;

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

async function halfOf(bitmap: ImageBitmap): Promise<ImageBitmap | null> {
  if (Math.max(bitmap.width, bitmap.height) < HALF_FROM_PX) return null;
  const size = { resizeWidth: Math.ceil(bitmap.width / 2), resizeHeight: Math.ceil(bitmap.height / 2) };
  return createImageBitmap(bitmap, { ...size, resizeQuality: "medium" }).catch(() => null);
}

/** Fetches and decodes one picture. Raises PictureError. */
export async function fetchPicture(url: string, progress: Progress): Promise<Decoded> {
  const blob = await fetchBlob(url, progress);
  try {
    const bitmap = await createImageBitmap(blob);
    return { bitmap, half: await halfOf(bitmap) };
  } catch (error) {
    throw new PictureError(textOf(error), false);
  }
}
