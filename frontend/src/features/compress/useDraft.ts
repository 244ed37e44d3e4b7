import { useCallback, useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { type Draft, readDraft, readStep, type WizardStep, writeDraft } from "./draft";

/** Browsers refuse an address that changes with every key. */
const WRITE_AFTER_MS = 250;

/** The draft, kept in the address; going to another step is a step of the browser's history. */
export function useDraft() {
  const [search, setSearch] = useSearchParams();
  const [draft, setDraft] = useState<Draft>(() => readDraft(search));
  const step = readStep(search);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    const wanted = writeDraft(draft, step);
    if (wanted.toString() === search.toString()) return;
    timer.current = setTimeout(() => setSearch(wanted, { replace: true }), WRITE_AFTER_MS);
    return () => clearTimeout(timer.current);
  }, [draft, step, search, setSearch]);

  const change = useCallback((part: Partial<Draft>) => setDraft((current) => ({ ...current, ...part })), []);
  const goTo = (next: WizardStep) => {
    // A late write of the old step would call this one back.
    clearTimeout(timer.current);
    setSearch(writeDraft(draft, next));
  };
  return { draft, step, change, goTo };
}
