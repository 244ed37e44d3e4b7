import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "@/components";
import { useSession } from "@/lib/queries";
import { useExpiry } from "../expiry";
import { LogInForm } from "./LogInForm";

/** Stands over the page when the session is gone. The page below stays mounted, so that unsaved work stays where it is. */
export function LogInDialog() {
  const { t } = useTranslation("auth");
  const client = useQueryClient();
  const session = useSession();
  const open = useExpiry((state) => state.open);
  const setOpen = useExpiry((state) => state.set);
  const known = useRef<{ id: number; email: string } | null>(null);
  if (session.data?.user) known.current = { id: session.data.user.id, email: session.data.user.email };

  return (
    <Dialog open={open} locked title={t("expired.title")} description={t("expired.about")}>
      <LogInForm
        email={known.current?.email}
        onDone={(next) => {
          // Another person must not go on with the first one's page and its unsaved work.
          if (known.current && next.user && next.user.id !== known.current.id)
            window.location.assign("/projects");
          setOpen(false);
          void client.invalidateQueries();
        }}
      />
    </Dialog>
  );
}
