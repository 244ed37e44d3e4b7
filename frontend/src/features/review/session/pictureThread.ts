import { type Decoded, fetchPicture, PictureError, type Progress } from "./pictureJob";

/** Fetches and decodes pictures, usually elsewhere. Raises PictureError. */
export type PictureThread = (url: string, progress: Progress) => Promise<Decoded>;

interface Answer {
  readonly id: number;
  readonly received?: number;
  readonly total?: number;
  readonly decoded?: Decoded;
  readonly error?: string;
  readonly transient?: boolean;
}

interface Waiting {
  readonly progress: Progress;
  resolve(decoded: Decoded): void;
  reject(error: PictureError): void;
}

/** A worker, started at the first picture. */
function workerThread(): PictureThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let last = 0;

  function answered({ id, received = 0, total = 0, decoded, error, transient = false }: Answer): void {
    const asked = waiting.get(id);
    if (decoded === undefined && error === undefined) {
      asked?.progress(received, total);
      return;
    }
    waiting.delete(id);
    if (decoded !== undefined) asked?.resolve(decoded);
    else asked?.reject(new PictureError(error ?? "", transient));
  }

  /** A worker that died answers nothing any more: what waits may be tried again, on another. */
  function failed(message: string): void {
    worker?.terminate();
    worker = null;
    for (const asked of waiting.values()) asked.reject(new PictureError(message, true));
    waiting.clear();
  }

  function started(): Worker {
    const made = new Worker(new URL("./pictureWorker.ts", import.meta.url), { type: "module" });
    made.onmessage = ({ data }: MessageEvent<Answer>) => answered(data);
    made.onerror = (event) => failed(event.message || "the picture worker could not be started");
    return made;
  }

  return (url, progress) =>
    new Promise((resolve, reject) => {
      worker ??= started();
      last += 1;
      waiting.set(last, { progress, resolve, reject });
      worker.postMessage({ id: last, url: new URL(url, location.href).href });
    });
}

let shared: PictureThread | null = null;

/** One thread for all pages; this one where the browser has no workers. */
export function pictureThread(): PictureThread {
  shared ??= typeof Worker === "undefined" ? fetchPicture : workerThread();
  return shared;
}
