import { useMemo } from "react";
import { useStore } from "zustand";
import { isKept, listRegions, type Region } from "@/document/region";
import type { ReviewSession } from "../session/reviewSession";

/** The regions of the item in hand whose class was taken away while the page was open. */
export function useGone(session: ReviewSession): Region[] {
  const doc = useStore(session.document.store, (state) => state.doc);
  const { vanished, thresholds } = useStore(session.view);
  return useMemo(() => {
    const ids = new Set(vanished.map((label) => label.id));
    if (ids.size === 0) return [];
    return listRegions(doc).filter((region) => ids.has(region.classId) && isKept(region, thresholds));
  }, [doc, vanished, thresholds]);
}
