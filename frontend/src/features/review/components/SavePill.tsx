import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { type PillTone, StatePill } from "@/components";
import { useOnline } from "@/lib/useOnline";
import { pillOf } from "@/outbox/pill";
import type { ReviewSession } from "../session/reviewSession";

const TONES: Record<ReturnType<typeof pillOf>["name"], PillTone> = {
  saved: "saved",
  saving: "sending",
  waiting: "waiting",
  conflict: "bad",
  signin: "bad",
};

/** Says in words where the work is: on the server, on its way, or kept here. */
export function SavePill({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const state = useStore(session.outbox.store);
  const online = useOnline();
  const { name, count } = pillOf(state, online);
  const text =
    online || name === "signin" || name === "conflict"
      ? t(`pill.${name}`, { count })
      : t(count === 0 ? "pill.offline_none" : "pill.offline", { count });
  const look = online || name !== "saved" ? name : "waiting";
  return (
    <StatePill
      tone={TONES[look]}
      data-testid="save-pill"
      data-state={name}
      aria-label={t("pill.label", { state: text })}
      onClick={() => session.openDialog("outbox")}
    >
      {text}
    </StatePill>
  );
}
