import { type Answers, type Job, runJob } from "./jobs";

/** Does jobs with masks, usually elsewhere; an answer comes in its own time or is refused with an Error. */
export interface MaskThread {
  run<K extends Job["type"]>(job: Extract<Job, { type: K }>, transfer?: Transferable[]): Promise<Answers[K]>;
  stop(): void;
}

interface Answer {
  readonly id: number;
  readonly answer?: Answers[Job["type"]];
  readonly error?: string;
}

interface Waiting {
  resolve(answer: never): void;
  reject(error: Error): void;
}

/** A worker, started at the first job. */
export class WorkerThread implements MaskThread {
  private worker: Worker | null = null;
  private last = 0;
  private readonly waiting = new Map<number, Waiting>();

  run<K extends Job["type"]>(
    job: Extract<Job, { type: K }>,
    transfer: Transferable[] = [],
  ): Promise<Answers[K]> {
    this.worker ??= this.started();
    this.last += 1;
    const id = this.last;
    const answer = new Promise<Answers[K]>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.worker.postMessage({ id, job }, transfer);
    return answer;
  }

  private started(): Worker {
    const worker = new Worker(new URL("./maskWorker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.answered(data);
    worker.onerror = (event) =>
      this.failed(new Error(event.message || "the mask worker could not be started"));
    return worker;
  }

  private answered({ id, answer, error }: Answer): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(answer as never);
    else waiting?.reject(new Error(error));
  }

  /** A worker that died answers nothing any more: what waits is refused, and the next job starts another. */
  private failed(error: Error): void {
    this.stop();
    for (const waiting of this.waiting.values()) waiting.reject(error);
    this.waiting.clear();
  }

  stop(): void {
    this.worker?.terminate();
    this.worker = null;
  }
}

/** The same jobs on this thread: for tests, and for pages without workers. */
export class SameThread implements MaskThread {
  run<K extends Job["type"]>(job: Extract<Job, { type: K }>): Promise<Answers[K]> {
    return Promise.resolve().then(() => runJob<K>(job));
  }

  stop(): void {}
}

export function newMaskThread(): MaskThread {
  return typeof Worker === "undefined" ? new SameThread() : new WorkerThread();
}
