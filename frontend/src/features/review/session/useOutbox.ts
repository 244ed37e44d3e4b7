import { useEffect, useState } from "react";
import { Outbox } from "@/outbox/outbox";
import { openStorage } from "@/outbox/storage";
import { httpTransport } from "@/outbox/transport";

/** One outbox per person, which goes on sending while other pages are open. */
const outboxes = new Map<number, Promise<Outbox>>();

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

function outboxOf(owner: number): Promise<Outbox> {
  for (const [other, open] of outboxes) {
    if (other === owner) continue;
    // The work of whoever was here before waits in the database until they are back.
    outboxes.delete(other);
    void open.then((outbox) => outbox.close());
  }
  let open = outboxes.get(owner);
  if (open === undefined) {
    open = makeOutbox(owner);
    outboxes.set(owner, open);
  }
  return open;
}

export function useOutbox(owner: number | undefined): Outbox | null {
  const [outbox, setOutbox] = useState<Outbox | null>(null);
  useEffect(() => {
    if (owner === undefined) return;
    let current = true;
    void outboxOf(owner).then((open) => {
      if (current) setOutbox(open);
    });
    return () => {
      current = false;
    };
  }, [owner]);
  return outbox;
}
