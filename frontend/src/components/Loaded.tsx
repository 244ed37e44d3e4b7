import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ApiError } from "@/lib/api";
import { ErrorState, Skeleton } from "./States";

interface LoadedProps<Data> {
  query: Pick<UseQueryResult<Data, ApiError>, "data" | "error" | "isPending" | "refetch">;
  skeleton?: ReactNode;
  children: (data: Data) => ReactNode;
}

/** Skeleton, error with retry, or the data. Old data stay while a refetch fails. */
export function Loaded<Data>({ query, skeleton = <Skeleton />, children }: LoadedProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) return skeleton;
  return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
}
