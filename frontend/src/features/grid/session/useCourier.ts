import { perPerson } from "@/outbox/perPerson";
import { gridApi } from "../api";
import { Courier, waitingItems } from "./courier";
import { type Kept, openKept } from "./kept";

export interface Work {
  readonly courier: Courier;
  readonly kept: Kept;
}

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

/** One courier per person, which goes on sending while other pages are open. */
export const useCourier = perPerson(makeCourier, ({ courier }) => courier.close());
