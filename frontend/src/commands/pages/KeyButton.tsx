import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { keyLabel, keyName } from "@/commands/keys";
import { classes } from "@/components";
import styles from "./keys.module.css";

/** Held with another key, or no key of its own: not what a person means. */
const PART_OF_A_KEY = ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Dead", "Fn", "NumLock"];

interface KeyButtonProps {
  name: string;
  keyOf: string;
  live: boolean;
  recording: boolean;
  onStart: () => void;
  onStop: () => void;
  onKey: (key: string) => void;
}

/** A key that becomes another one: press the button, then the new key. */
export function KeyButton({ name, keyOf, live, recording, onStart, onStop, onKey }: KeyButtonProps) {
  const { t } = useTranslation("keys");
  const button = useRef<HTMLButtonElement>(null);
  // The key that was just given must not press the button once more when it goes up.
  const swallow = useRef(false);
  useEffect(() => {
    if (recording) button.current?.focus();
  }, [recording]);

  const down = (event: KeyboardEvent) => {
    if (!recording || event.nativeEvent.isComposing || event.repeat) return;
    if (event.key === "Tab" || event.key === "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    swallow.current = true;
    if (!PART_OF_A_KEY.includes(event.key)) onKey(keyName(event.nativeEvent));
  };
  return (
    <button
      ref={button}
      type="button"
      className={classes(styles.key, styles.keyButton, recording && styles.recording, !live && styles.off)}
      aria-label={t("remap.change", { name, key: keyLabel(keyOf) })}
      aria-pressed={recording}
      onClick={onStart}
      onKeyDown={down}
      onKeyUp={(event) => {
        if (swallow.current) event.preventDefault();
        swallow.current = false;
      }}
      onBlur={() => recording && onStop()}
    >
      {recording ? t("remap.waiting") : keyLabel(keyOf)}
    </button>
  );
}
