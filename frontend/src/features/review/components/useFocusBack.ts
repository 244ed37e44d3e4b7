import { useEffect, useState } from "react";
import type { ReviewSession } from "../session/reviewSession";

/** For the content of a dialog: where the focus was when it opened gets it back, unless another dialog has it by then. */
export function useFocusBack(session: ReviewSession): void {
  // Read while rendering: in an effect the dialog would already have taken the focus.
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // Until the dialog is gone it pulls the focus back into itself.
      window.setTimeout(() => {
        if (session.view.getState().dialog !== null) return;
        if (before instanceof HTMLElement && before !== document.body && before.isConnected) before.focus();
        else session.focusCanvas();
      });
    },
    [before, session],
  );
}
