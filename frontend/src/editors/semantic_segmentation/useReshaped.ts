import { useEffect, useState } from "react";
import { useStore } from "zustand";
import type { Region } from "@/document/region";
import type { Reshaped, Reshaping } from "@/masks/reshape";
import type { Desk } from "../desk";

/** A slider on its way asks once, where it stops. */
const REST_MS = 120;

export type Tried =
  | { readonly name: "asking" }
  | { readonly name: "known"; readonly made: Reshaped }
  | { readonly name: "impossible" };

/** What the region would become and what that would cost, asked anew whenever its outline or the tolerance changes. */
export function useReshaped(desk: Desk, region: Region, how: Reshaping): Tried {
  const tolerance = useStore(desk.view, (view) => view.tolerance);
  const [tried, setTried] = useState<Tried>({ name: "asking" });
  const { id, rings, rle } = region;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the desk reads the outline and the tolerance itself
  useEffect(() => {
    let stale = false;
    setTried({ name: "asking" });
    const timer = window.setTimeout(() => {
      desk
        .tryReshape(id, how)
        .catch(() => null)
        .then((made) => {
          if (!stale) setTried(made === null ? { name: "impossible" } : { name: "known", made });
        });
    }, REST_MS);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
  }, [desk, id, rings, rle, how, tolerance]);
  return tried;
}
