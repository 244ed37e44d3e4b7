import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { changeLocale, hasChosenLocale } from "@/i18n";
import { type ApiError, api, type Session } from "@/lib/api";
import { keys } from "./keys";

/** Who is logged in. The first request of the page also sets the CSRF cookie. */
export function useSession() {
  return useQuery<Session, ApiError>({
    queryKey: keys.session,
    queryFn: async ({ signal }) => {
      const session = await api.get<Session>("/api/session/", { signal, quiet: true });
      if (session.user && !hasChosenLocale()) await changeLocale(session.user.locale);
      return session;
    },
    staleTime: 5 * 60_000,
  });
}

/** A language chosen on the log-in page is newer than the account's, and replaces it. */
let chosenBeforeLogIn: string | null = null;

export function useLogIn() {
  const client = useQueryClient();
  return useMutation<Session, ApiError, { email: string; password: string }>({
    mutationFn: (body) => api.post<Session>("/api/session/", body, { quiet: true }),
    onSuccess: (session) => {
      client.setQueryData(keys.session, session);
      if (chosenBeforeLogIn === null && session.user) void changeLocale(session.user.locale);
      else if (chosenBeforeLogIn)
        void api.patch("/api/session/", { locale: chosenBeforeLogIn }, { quiet: true });
      chosenBeforeLogIn = null;
    },
  });
}

export function useLogOut() {
  const client = useQueryClient();
  return useMutation<unknown, ApiError, void>({
    mutationFn: () => api.delete("/api/session/", undefined, { quiet: true }),
    onSuccess: () => {
      client.clear();
    },
  });
}

/** Switches the language at once, and keeps the choice with the account when somebody is logged in. */
export function useChangeLocale() {
  const client = useQueryClient();
  return useMutation<void, ApiError, string>({
    mutationFn: async (locale) => {
      await changeLocale(locale);
      const session = client.getQueryData<Session>(keys.session);
      if (!session?.user) chosenBeforeLogIn = locale;
      else {
        const updated = await api.patch<Session>("/api/session/", { locale }, { quiet: true });
        client.setQueryData(keys.session, updated);
      }
    },
  });
}
