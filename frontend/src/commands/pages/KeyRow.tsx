import { useTranslation } from "react-i18next";
import { type KeyPreferences, keysOf, liveKeys } from "@/commands/bindings";
import type { Command } from "@/commands/command";
import { keyLabel } from "@/commands/keys";
import { KeyButton } from "./KeyButton";
import styles from "./keys.module.css";

/** One key of one command. */
export interface Slot {
  readonly command: Command;
  readonly position: number;
}

interface KeyRowProps {
  command: Command;
  /** What it does here. */
  name: string;
  preferences: KeyPreferences;
  /** Which of its keys waits for another one. */
  recording: number | null;
  onRecord: (slot: Slot | null) => void;
  onKey: (slot: Slot, key: string) => void;
  onReset: () => void;
}

export function KeyRow({ command, name, preferences, recording, ...on }: KeyRowProps) {
  const { t } = useTranslation("keys");
  const keys = keysOf(command, preferences);
  const live = liveKeys(command, preferences);
  const changed = preferences.keys[command.name] !== undefined;
  return (
    <div className={styles.shortcut} data-command={command.name}>
      <span>{name}</span>
      <span className={styles.keys}>
        {changed ? (
          <button
            type="button"
            className={styles.reset}
            aria-label={t("remap.reset", { name })}
            title={t("remap.reset", { name })}
            onClick={on.onReset}
          >
            ↺
          </button>
        ) : null}
        {keys.map((key, position) =>
          command.fixed ? (
            <kbd key={command.keys[position]} className={styles.key}>
              {keyLabel(key)}
            </kbd>
          ) : (
            <KeyButton
              key={command.keys[position]}
              name={name}
              keyOf={key}
              live={live[position] !== null}
              recording={recording === position}
              onStart={() => on.onRecord({ command, position })}
              onStop={() => on.onRecord(null)}
              onKey={(pressed) => on.onKey({ command, position }, pressed)}
            />
          ),
        )}
      </span>
    </div>
  );
}
