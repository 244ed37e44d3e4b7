import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { toast } from "@/components";
import type { Project } from "@/lib/api";
import { keys } from "@/lib/queries/keys";
import { gridApi } from "../api";
import { GridSession } from "./gridSession";
import { SIZES, type Size } from "./gridView";
import type { Range } from "./pool";
import { say } from "./say";
import { lockTab } from "./tabLock";
import type { Work } from "./useCourier";

const SIZE_KEY = "winnow.grid.size";

function keptSize(): Size {
  const kept = Number(localStorage.getItem(SIZE_KEY));
  return SIZES.find((size) => size === kept) ?? 24;
}

function share(text: string | null, otherwise: number): number {
  const value = text === null || text === "" ? otherwise : Number(text);
  return value >= 0 && value <= 1 ? value : otherwise;
}

/** Which pictures the address asks for. */
function rangeOf(search: URLSearchParams): Range | null {
  const classId = Number(search.get("class"));
  if (!Number.isInteger(classId) || classId <= 0) return null;
  const [min, max] = [share(search.get("min"), 0), share(search.get("max"), 1)];
  return min <= max ? { classId, min, max } : { classId, min: 0, max: 1 };
}

/** The session of this page; it opens what the address says, and only where no other tab has the grid. */
export function useGridSession(project: Project, { courier, kept }: Work) {
  const [session, setSession] = useState<GridSession | null>(null);
  const [search, setSearch] = useSearchParams();
  const [steals, setSteals] = useState(0);
  const client = useQueryClient();
  // The project as it was when the page opened; later changes are passed on below.
  const [first] = useState(project);
  const range = rangeOf(search);
  const { classId = null, min = 0, max = 1 } = range ?? {};
  const holds = useRef(false);
  const [held, setHeld] = useState(0);

  useEffect(() => {
    const fresh = new GridSession({ project: first, api: gridApi, courier, kept, size: keptSize() });
    fresh.start();
    setSession(fresh);
    const kept_ = fresh.view.subscribe(({ size }) => localStorage.setItem(SIZE_KEY, String(size)));
    courier.listener = (batch, outcomes) => {
      const done = outcomes.filter(({ outcome }) => outcome === "done").length;
      if (done > 0) toast({ message: say("handedIn", { count: done }), tone: "good" });
      void client.invalidateQueries({ queryKey: keys.project(batch.projectId) });
    };
    return () => {
      kept_();
      fresh.stop();
      void client.invalidateQueries({ queryKey: keys.project(first.id) });
    };
  }, [first, courier, kept, client]);

  useEffect(() => {
    if (session === null) return;
    let current = true;
    let release: () => void = () => {};
    const elsewhere = () => {
      holds.current = false;
      if (current) session.view.setState({ phase: "elsewhere" });
    };
    const options = { steal: steals > 0, lost: elsewhere };
    void lockTab(`winnow-grid-${courier.owner}-${first.id}`, options).then((got) => {
      if (got === null) elsewhere();
      else if (!current) got();
      else {
        release = got;
        holds.current = true;
        setHeld((n) => n + 1);
      }
    });
    return () => {
      current = false;
      holds.current = false;
      release();
    };
  }, [session, steals, courier, first]);

  useEffect(() => {
    if (held > 0 && holds.current) void session?.open(classId === null ? null : { classId, min, max });
  }, [session, held, classId, min, max]);

  useEffect(() => session?.projectChanged(project), [session, project]);

  const choose = (next: Range | null) => {
    const wanted: Record<string, string> = next === null ? {} : { class: String(next.classId) };
    if (next !== null && next.min > 0) wanted.min = String(next.min);
    if (next !== null && next.max < 1) wanted.max = String(next.max);
    setSearch(wanted, { replace: true });
  };
  return { session, range, choose, takeOver: () => setSteals((n) => n + 1) };
}
