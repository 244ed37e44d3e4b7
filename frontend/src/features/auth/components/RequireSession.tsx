import { useEffect, useRef } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { ErrorState, PageSkeleton } from "@/components";
import { useSession } from "@/lib/queries";
import { useExpiry } from "../expiry";

/** Sends visitors to the log-in page; who was in already gets the dialog instead, and the page stays. */
export function RequireSession() {
  const session = useSession();
  const location = useLocation();
  const setOpen = useExpiry((state) => state.set);
  const wasIn = useRef(false);
  const user = session.data?.user;
  if (user) wasIn.current = true;
  const expired = wasIn.current && session.isSuccess && !user;

  useEffect(() => {
    if (expired) setOpen(true);
  }, [expired, setOpen]);

  if (wasIn.current) return <Outlet />;
  if (session.isPending) return <PageSkeleton />;
  if (session.isError) return <ErrorState error={session.error} onRetry={() => void session.refetch()} />;
  const next = encodeURIComponent(location.pathname + location.search);
  return <Navigate to={`/login?next=${next}`} replace />;
}
