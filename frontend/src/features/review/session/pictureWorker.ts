import { fetchPicture, PictureError } from "./pictureJob";

/** The thread that pictures are fetched and decoded on, so that looking ahead never holds up a frame of the work. */
interface Thread {
  onmessage: ((event: MessageEvent<{ readonly id: number; readonly url: string }>) => void) | null;
  postMessage(message: unknown, transfer?: Transferable[]): void;
}

const thread = globalThis as unknown as Thread;

thread.onmessage = async ({ data: { id, url } }) => {
  try {
    const decoded = await fetchPicture(url, (received, total) => thread.postMessage({ id, received, total }));
    thread.postMessage({ id, decoded }, [decoded.bitmap, ...decoded.levels]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    thread.postMessage({ id, error: message, transient: error instanceof PictureError && error.transient });
  }
};
