import { Outbox } from "@/outbox/outbox";
import { perPerson } from "@/outbox/perPerson";
import { openStorage } from "@/outbox/storage";
import { httpTransport } from "@/outbox/transport";

async function makeOutbox(owner: number): Promise<Outbox> {
  const outbox = new Outbox({ owner, storage: await openStorage(), transport: httpTransport });
  await outbox.start();
  window.addEventListener("online", () => outbox.retryNow());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") outbox.retryNow(true);
  });
  window.addEventListener("beforeunload", (event) => {
    const { durable, entries } = outbox.store.getState();
    if (!durable && entries.length > 0) event.preventDefault();
  });
  return outbox;
}

/** One outbox per person, which goes on sending while other pages are open. */
export const useOutbox = perPerson(makeOutbox, (outbox) => outbox.close());
