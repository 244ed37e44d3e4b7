import { useMemo } from "react";
import { COMMANDS } from "@/commands";
import { type KeyPreferences, readPreferences } from "@/commands/bindings";
import { useSession } from "@/lib/queries";

/** The person's keys, as the account keeps them: what was changed in the single mode holds here as well. */
export function useKeyPreferences(): KeyPreferences {
  const kept = useSession().data?.user?.preferences;
  return useMemo(() => readPreferences(COMMANDS, kept), [kept]);
}
