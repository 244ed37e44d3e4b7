import { buffersOf, type Job, runJob } from "./jobs";

/** The thread that masks are worked on, so that a 4K one never holds up a frame. */
interface Thread {
  onmessage: ((event: MessageEvent<{ readonly id: number; readonly job: Job }>) => void) | null;
  postMessage(message: unknown, transfer: Transferable[]): void;
}

const thread = globalThis as unknown as Thread;

thread.onmessage = ({ data: { id, job } }) => {
  try {
    const answer = runJob(job);
    thread.postMessage({ id, answer }, buffersOf(answer));
  } catch (error) {
    thread.postMessage({ id, error: error instanceof Error ? error.message : String(error) }, []);
  }
};
