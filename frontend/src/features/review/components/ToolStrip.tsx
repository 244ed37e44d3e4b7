import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { ToolName } from "@/commands/command";
import { useKeyLabels } from "@/commands/keyStore";
import { classes } from "@/components";
import type { ReviewSession } from "../session/reviewSession";
import { ICONS } from "./icons";
import styles from "./ToolStrip.module.css";

interface ToolButtonProps {
  icon: ReactNode;
  name: string;
  keyName: string;
  pressed?: boolean;
  disabled?: boolean;
  onClick: () => void;
}

function ToolButton({ icon, name, keyName, pressed, disabled, onClick }: ToolButtonProps) {
  return (
    <button
      type="button"
      className={classes(styles.button, pressed && styles.pressed)}
      aria-label={name}
      title={keyName === "" ? name : `${name} (${keyName})`}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      {icon}
    </button>
  );
}

/** Draws and paints: one button for each tool of the editor. */
function Tools({ session, tools }: { session: ReviewSession; tools: readonly ToolName[] }) {
  const { t } = useTranslation("review");
  const key = useKeyLabels();
  const { tool, readOnly } = useStore(session.view);
  if (tools.length === 0) return null;
  return (
    <>
      {tools.map((name) => (
        <ToolButton
          key={name}
          icon={ICONS[name]}
          name={t(`tool.${name}`)}
          keyName={key(`${name}Tool`)}
          pressed={tool === name}
          disabled={readOnly && name !== "select"}
          onClick={() => session.setTool(name)}
        />
      ))}
      <hr className={styles.line} />
    </>
  );
}

export function ToolStrip({ session, tools }: { session: ReviewSession; tools: readonly ToolName[] }) {
  const { t } = useTranslation("review");
  const key = useKeyLabels();
  const { ghost, labels, readOnly } = useStore(session.view);
  const past = useStore(session.document.store, (state) => state.past.length);
  const future = useStore(session.document.store, (state) => state.future.length);
  return (
    <div className={styles.strip} role="toolbar" aria-orientation="vertical" aria-label={t("page.tools")}>
      <Tools session={session} tools={tools} />
      <ToolButton
        icon={ICONS.fit}
        name={t("tool.fit")}
        keyName={key("fitImage")}
        onClick={() => session.fit()}
      />
      {tools.length > 0 ? (
        <>
          <ToolButton
            icon={ICONS.zoom}
            name={t("tool.zoom")}
            keyName={key("zoomToRegion")}
            onClick={() => session.zoomToSelected()}
          />
          <ToolButton
            icon={ICONS.labels}
            name={t(`tool.labels_state.${labels}`)}
            keyName={key("toggleLabels")}
            pressed={labels !== "none"}
            onClick={() => session.cycleLabels()}
          />
          <ToolButton
            icon={ICONS.ghost}
            name={t("tool.ghost")}
            keyName={key("showGhost")}
            pressed={ghost}
            onClick={() => session.toggleGhost()}
          />
        </>
      ) : null}
      <hr className={styles.line} />
      <ToolButton
        icon={ICONS.undo}
        name={t("tool.undo")}
        keyName={key("undo")}
        disabled={past === 0 || readOnly}
        onClick={() => session.undo()}
      />
      <ToolButton
        icon={ICONS.redo}
        name={t("tool.redo")}
        keyName={key("redo")}
        disabled={future === 0 || readOnly}
        onClick={() => session.redo()}
      />
      <span className={styles.space} />
      <ToolButton
        icon={ICONS.previous}
        name={t("command.previousItem")}
        keyName={key("previousItem")}
        onClick={() => session.previousItem()}
      />
      <ToolButton
        icon={ICONS.next}
        name={t("command.nextItem")}
        keyName={key("nextItem")}
        onClick={() => session.nextItem()}
      />
    </div>
  );
}
