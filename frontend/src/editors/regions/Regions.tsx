import { useStore } from "zustand";
import type { EditorProps } from "../editor";
import { DiffList } from "./DiffList";
import { RegionList } from "./RegionList";

/** The regions, or what was changed of them while that is asked for. */
export function Regions({ desk, empty }: EditorProps & { empty?: string }) {
  const diff = useStore(desk.view, (view) => view.diff);
  return diff ? (
    <DiffList desk={desk} />
  ) : (
    <RegionList desk={desk} {...(empty === undefined ? {} : { empty })} />
  );
}
