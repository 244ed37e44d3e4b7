import { useEffect, useState } from "react";
import { gridApi } from "../api";
import { Courier, waitingItems } from "./courier";
import { type Kept, openKept } from "./kept";

export interface Work {
  readonly courier: Courier;
  readonly kept: Kept;
}

/** One courier per person, which goes on sending while other pages are open. */
const couriers = new Map<number, Promise<Work>>();

async function makeCourier(owner: number): Promise<Work> {
  const kept = await openKept();
  const courier = new Courier({ owner, kept, api: gridApi });
  await courier.start();
  window.addEventListener("online", () => courier.retryNow());
  window.addEventListener("beforeunload", (event) => {
    const state = courier.store.getState();
    if (!state.durable && waitingItems(state) > 0) event.preventDefault();
  });
  return { courier, kept };
}

function courierOf(owner: number): Promise<Work> {
  for (const [other, open] of couriers) {
    if (other === owner) continue;
    // The work of whoever was here before waits in the database until they are back.
    couriers.delete(other);
    void open.then(({ courier }) => courier.close());
  }
  let open = couriers.get(owner);
  if (open === undefined) {
    open = makeCourier(owner);
    couriers.set(owner, open);
  }
  return open;
}

export function useCourier(owner: number | undefined): Work | null {
  const [work, setWork] = useState<Work | null>(null);
  useEffect(() => {
    if (owner === undefined) return;
    let current = true;
    void courierOf(owner).then((open) => {
      if (current) setWork(open);
    });
    return () => {
      current = false;
    };
  }, [owner]);
  return work;
}
