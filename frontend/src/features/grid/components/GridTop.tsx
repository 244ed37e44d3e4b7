import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useStore } from "zustand";
import { useKeyLabels } from "@/commands/keyStore";
import { classes, HeaderSlot, HelpButton, type PillTone, StatePill } from "@/components";
import { className } from "@/editors/classNames";
import type { Project } from "@/lib/api";
import { useOnline } from "@/lib/useOnline";
import { stuckItems, waitingItems } from "../session/courier";
import type { GridSession } from "../session/gridSession";
import styles from "./Bar.module.css";

export function GridTop({ session, project }: { session: GridSession; project: Project }) {
  const { t, i18n } = useTranslation("grid");
  const classId = useStore(session.view, (view) => view.classId);
  const labels = useStore(session.view, (view) => view.classes);
  const helpKey = useKeyLabels()("showShortcuts");
  const label = labels.find((one) => one.id === classId);
  const name = label === undefined ? "" : className(label, i18n.language);
  return (
    <HeaderSlot>
      <div className={styles.bar}>
        <h1 className="visually-hidden">
          {t("page.title")}: {project.name}
        </h1>
        <span className={classes("truncate", styles.name)}>{name}</span>
        <nav className={styles.switch} aria-label={t("mode.label")}>
          <Link to={`/projects/${project.id}/review`}>{t("mode.single")}</Link>
          <Link to={`/projects/${project.id}/grid`} aria-current="page">
            {t("mode.grid")}
          </Link>
        </nav>
        <Pill session={session} />
        <HelpButton label={t("keys.title")} shortcut={helpKey} onClick={() => session.openDialog("keys")} />
      </div>
    </HeaderSlot>
  );
}

const TONES = {
  saved: "saved",
  sending: "sending",
  waiting: "waiting",
  stuck: "bad",
  signin: "bad",
} as const satisfies Record<string, PillTone>;

/** Says in words where what was handed in is: on the server, on its way, or kept here. */
function Pill({ session }: { session: GridSession }) {
  const { t } = useTranslation("grid");
  const state = useStore(session.courier.store);
  const online = useOnline();
  const waiting = waitingItems(state);
  const tried = state.batches.some(({ attempts }) => attempts > 0);
  const name =
    state.signedOut && waiting > 0
      ? "signin"
      : stuckItems(state) > 0
        ? "stuck"
        : waiting === 0
          ? "saved"
          : !online || tried
            ? "waiting"
            : "sending";
  const count = name === "stuck" ? stuckItems(state) : waiting;
  return (
    <StatePill
      tone={TONES[name]}
      data-testid="grid-pill"
      data-state={name}
      onClick={() => session.openDialog("left")}
    >
      {t(`pill.${name}`, { count })}
    </StatePill>
  );
}
