import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { classes } from "@/components";
import { useOnline } from "@/lib/useOnline";
import { pillOf } from "@/outbox/pill";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./TopBar.module.css";

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
    <button
      type="button"
      className={classes(styles.pill, styles[look])}
      data-testid="save-pill"
      data-state={name}
      aria-label={t("pill.label", { state: text })}
      onClick={() => session.openDialog("outbox")}
    >
      <span className={styles.dot} aria-hidden="true" />
      {text}
    </button>
  );
}
