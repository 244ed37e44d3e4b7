import { handlePoints } from "@/canvas/handles";
import type { Stage } from "@/canvas/stage";
import { listRegions } from "@/document/region";
import type { Box, Handle } from "@/geometry/boxes";
import type { Desk } from "./desk";

/** What browser tests may ask, when the page carries `<meta name="winnow-e2e">`. */
export interface EngineHook {
  /** Where a region is on the page, in CSS pixels from the window's corner: [x1, y1, x2, y2]. */
  toScreen(regionId: string): Box | null;
  /** Where a handle of the region is on the page, [x, y]. */
  handleAt(regionId: string, handle: Handle): [number, number] | null;
  state(): unknown;
  counters: Stage["counters"];
}

declare global {
  interface Window {
    __engine?: EngineHook;
  }
}

export function exposeForTests(stage: Stage, container: HTMLElement, desk: Desk): void {
  if (document.querySelector('meta[name="winnow-e2e"]') === null) return;
  window.__engine = {
    counters: stage.counters,
    toScreen(regionId) {
      const box = stage.toScreen(regionId);
      if (box === null) return null;
      const { left, top } = container.getBoundingClientRect();
      return [box[0] + left, box[1] + top, box[2] + left, box[3] + top];
    },
    handleAt(regionId, handle) {
      const box = stage.toScreen(regionId);
      const found = box === null ? undefined : handlePoints(box).find((one) => one.handle === handle);
      if (found === undefined) return null;
      const { left, top } = container.getBoundingClientRect();
      return [found.at.x + left, found.at.y + top];
    },
    state() {
      const view = desk.view.getState();
      return {
        itemId: view.itemId,
        tool: view.tool,
        readOnly: view.readOnly,
        ready: view.picture !== null && !view.picture.preview,
        moving: stage.moving,
        viewport: stage.viewport,
        selectedId: desk.document.state.selectedId,
        regions: listRegions(desk.document.doc),
      };
    },
  };
}
