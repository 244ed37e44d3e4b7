import type { Need } from "@/commands/command";
import { bulkAccept } from "@/editors/regions/bulkAccept";
import type { ReviewSession } from "./reviewSession";

/** What is not there at this moment that commands may need. */
export function lacking(session: ReviewSession): Set<Need> {
  const view = session.view.getState();
  const { doc, selectedId, past, future } = session.document.state;
  const region = selectedId === null ? undefined : doc.regions[selectedId];
  const item = view.phase === "working";
  const there: Record<Need, boolean> = {
    item,
    edit: item && !view.readOnly,
    picture: view.image.name === "ready",
    region: region !== undefined,
    guess: region?.prediction != null,
    mask: region?.kind === "mask",
    polygon: region?.kind === "polygon",
    unchecked: session.unchecked().length > 0,
    measured: bulkAccept(view.measured, view.thresholds).on,
    past: past.length > 0,
    future: future.length > 0,
    earlier: session.trail.before(view.phase === "empty") !== null,
    later: session.trail.after !== null,
    // Only a key can be held.
    held: false,
  };
  return new Set((Object.keys(there) as Need[]).filter((need) => !there[need]));
}
