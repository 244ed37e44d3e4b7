import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { createStore, type StoreApi, useStore } from "zustand";
import { COMMANDS } from "@/commands";
import { type KeyPreferences, readPreferences } from "@/commands/bindings";
import { keyStore } from "@/commands/keyStore";
import { type ApiError, api, type Session } from "@/lib/api";
import { useSession } from "@/lib/queries";
import { keys } from "@/lib/queries/keys";

interface Keeping {
  /** Whose keys are in the key store. */
  readonly owner: number | null;
  /** True while what is in the key store is not what the server keeps: it must not be overwritten by that. */
  readonly unsaved: boolean;
  readonly problem: ApiError | null;
}

const keeping: StoreApi<Keeping> = createStore<Keeping>(() => ({
  owner: null,
  unsaved: false,
  problem: null,
}));

/** Takes over the keys of whoever is signed in. */
export function useKeptKeys(): void {
  const user = useSession().data?.user;
  useEffect(() => {
    if (user == null) return;
    const { owner, unsaved } = keeping.getState();
    if (owner === user.id && unsaved) return;
    keeping.setState({ owner: user.id, unsaved: false, problem: null });
    keyStore.setState({ preferences: readPreferences(COMMANDS, user.preferences) });
  }, [user]);
}

/** Changes keys: here at once, and on the server. What the server does not take stays good in this tab. */
export function useChangeKeys() {
  const client = useQueryClient();
  const { problem } = useStore(keeping);
  const { mutate } = useMutation<Pick<NonNullable<Session["user"]>, "preferences">, ApiError, KeyPreferences>(
    {
      mutationFn: ({ keys: changed, singleKeys }) =>
        api.patch("/api/session/preferences/", { keys: changed, single_keys: singleKeys }),
      // One after the other, so that the last change is also the last to arrive.
      scope: { id: "key-preferences" },
      // With the network gone it shall fail and say so, not wait in silence.
      networkMode: "always",
      onMutate: (preferences) => {
        keyStore.setState({ preferences });
        keeping.setState({ unsaved: true });
      },
      onSuccess: ({ preferences }, sent) => {
        // Another change may already be on its way.
        if (sent === keyStore.getState().preferences) keeping.setState({ unsaved: false, problem: null });
        client.setQueryData<Session>(keys.session, (session) =>
          session?.user ? { ...session, user: { ...session.user, preferences } } : session,
        );
      },
      onError: (error) => keeping.setState({ problem: error }),
    },
  );
  return { problem, change: mutate, retry: () => mutate(keyStore.getState().preferences) };
}
