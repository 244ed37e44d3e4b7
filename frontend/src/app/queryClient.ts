import { QueryClient } from "@tanstack/react-query";
import { asApiError } from "@/lib/api";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // Only what another try can heal is tried again: no connection, a busy or broken server.
      retry: (count, error) => asApiError(error).transient && count < 2,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});
