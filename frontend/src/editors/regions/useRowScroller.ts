import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";

const ROW_PX = 32;

/** Rows of one height of which only those in sight are made; the one at `selected` (-1: none) is kept in sight. */
export function useRowScroller(count: number, selected: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    initialRect: { width: 320, height: 400 },
  });
  // Also when the list becomes lower, because something above it needs more room.
  const room = virtual.scrollRect?.height;
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (selected >= 0) virtual.scrollToIndex(selected, { align: "auto" });
  }, [selected, room, virtual]);
  const top = selected * ROW_PX - (virtual.scrollOffset ?? 0);
  const height = scroller.current?.clientHeight ?? 0;
  return {
    scroller,
    height: virtual.getTotalSize(),
    rows: virtual.getVirtualItems().map(({ index, start }) => ({
      index,
      style: { transform: `translateY(${start}px)`, height: ROW_PX },
    })),
    /** Of the selected row, in pixels from the top of what is in sight. */
    top,
    inSight: selected >= 0 && top > -ROW_PX / 2 && top < height - ROW_PX / 2,
  };
}
