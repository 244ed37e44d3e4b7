import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { COMMANDS } from "@/commands";
import { DEFAULT_KEYS, keysOf, type Rebinding, rebind, resetKeys } from "@/commands/bindings";
import type { Command } from "@/commands/command";
import { keyStore } from "@/commands/keyStore";
import { keyLabel } from "@/commands/keys";
import { Button, Check, classes } from "@/components";
import { errorText } from "@/lib/errorText";
import { KeyRow, type Slot } from "./KeyRow";
import styles from "./keys.module.css";
import { useChangeKeys } from "./keysApi";

interface Told {
  readonly text: string;
  readonly bad?: boolean;
  /** Said of the key that is waited for: it goes with the waiting. */
  readonly waiting?: boolean;
}

/** One part of the page: commands with what they do here. */
export interface KeySection {
  readonly title: string;
  readonly rows: readonly { readonly command: Command; readonly name: string }[];
}

interface KeyTableProps {
  sections: readonly KeySection[];
  /** What the mouse does: a text and how. */
  mouse: readonly { readonly name: string; readonly how: string }[];
  /** What a command is called, also one of another place that has a key already. */
  nameOf: (command: Command) => string;
  recording: Slot | null;
  onRecord: (slot: Slot | null) => void;
}

/** What a change of keys does and says. */
function useRemap(nameOf: KeyTableProps["nameOf"], onRecord: KeyTableProps["onRecord"]) {
  const { t } = useTranslation("keys");
  const preferences = useStore(keyStore, (state) => state.preferences);
  const { change, problem, retry } = useChangeKeys();
  const [told, setTold] = useState<Told | null>(null);

  const apply = (outcome: Rebinding & { ok: true }, text: string) => {
    if (outcome.preferences !== preferences) change(outcome.preferences);
    setTold({ text });
  };
  return {
    preferences,
    problem,
    retry,
    told,
    record: (slot: Slot | null) => {
      onRecord(slot);
      setTold(slot && { text: t("remap.press", { name: nameOf(slot.command) }), waiting: true });
    },
    give: (slot: Slot, pressed: string) => {
      const key = keyLabel(pressed);
      const outcome = rebind(COMMANDS, preferences, slot, pressed);
      if (outcome.ok) {
        apply(outcome, t("remap.done", { name: nameOf(slot.command), key }));
        onRecord(null);
        return;
      }
      const text =
        outcome.reason === "taken"
          ? t("remap.taken", { key, name: nameOf(outcome.by) })
          : t("remap.reserved", { key });
      setTold({ text, bad: true, waiting: true });
    },
    reset: (command: Command) => {
      const outcome = resetKeys(COMMANDS, preferences, command);
      if (outcome.ok) apply(outcome, t("remap.reset_done", { name: nameOf(command) }));
      else if (outcome.reason === "taken") {
        const { by } = outcome;
        const key = command.keys.find((one) => keysOf(by, preferences).includes(one)) ?? "";
        setTold({ text: t("remap.taken_reset", { key: keyLabel(key), name: nameOf(by) }), bad: true });
      }
    },
    resetAll: () => {
      change({ ...DEFAULT_KEYS, singleKeys: preferences.singleKeys });
      setTold({ text: t("remap.reset_all_done") });
    },
    setSingle: (singleKeys: boolean) => change({ ...preferences, singleKeys }),
  };
}

/** The keys of one place, generated from the commands: it cannot be wrong about a key. Each can be changed where it stands. */
export function KeyTable({ sections, mouse, nameOf, recording, onRecord }: KeyTableProps) {
  const { t } = useTranslation("keys");
  const remap = useRemap(nameOf, onRecord);
  const { preferences, problem } = remap;
  const told = remap.told?.waiting && recording === null ? null : remap.told;
  return (
    <div className={styles.stack}>
      <Head remap={remap} />
      {problem === null ? null : (
        <div className={styles.warning} role="alert" data-testid="keys-unsaved">
          {t("remap.unsaved", { message: errorText(problem) })}{" "}
          <Button size="s" onClick={remap.retry}>
            {t("remap.retry")}
          </Button>
        </div>
      )}
      <p
        role="status"
        data-testid="keys-told"
        className={classes(styles.told, told?.bad ? styles.refusal : styles.hint)}
      >
        {told?.text ?? t("remap.hint")}
      </p>
      <div className={styles.columns}>
        {sections.map(({ title, rows }) => (
          <section key={title} className={styles.group}>
            <h3>{title}</h3>
            {rows.map(({ command, name }) => (
              <KeyRow
                key={command.name}
                command={command}
                name={name}
                preferences={preferences}
                recording={recording?.command === command ? recording.position : null}
                onRecord={remap.record}
                onKey={remap.give}
                onReset={() => remap.reset(command)}
              />
            ))}
          </section>
        ))}
        <section className={styles.group}>
          <h3>{t("review:shortcuts.mouse")}</h3>
          {mouse.map(({ name, how }) => (
            <div key={name} className={styles.shortcut}>
              <span>{name}</span>
              <kbd className={styles.key}>{how}</kbd>
            </div>
          ))}
        </section>
      </div>
    </div>
  );
}

function Head({ remap }: { remap: ReturnType<typeof useRemap> }) {
  const { t } = useTranslation("keys");
  return (
    <div className={styles.remapHead}>
      <Check
        checked={remap.preferences.singleKeys}
        onChange={(event) => remap.setSingle(event.target.checked)}
        label={t("remap.single")}
        hint={t("remap.single_hint")}
      />
      <Button size="s" disabled={Object.keys(remap.preferences.keys).length === 0} onClick={remap.resetAll}>
        {t("remap.reset_all")}
      </Button>
    </div>
  );
}

/** Which key waits for another one. Esc first gives that up, then closes the page. */
export function useRecording(closePage: () => void) {
  const [recording, onRecord] = useState<Slot | null>(null);
  return { recording, onRecord, close: () => (recording === null ? closePage() : onRecord(null)) };
}
