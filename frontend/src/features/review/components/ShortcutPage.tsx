import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { COMMANDS } from "@/commands";
import { DEFAULT_KEYS, keysOf, type Rebinding, rebind, resetKeys } from "@/commands/bindings";
import { COMMAND_GROUPS, type Command, type EditorSlug } from "@/commands/command";
import { keyStore } from "@/commands/keyStore";
import { keyLabel } from "@/commands/keys";
import { Button, Check, classes, Dialog } from "@/components";
import { errorText } from "@/lib/errorText";
import { useChangeKeys } from "../api/keysApi";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./dialogs.module.css";
import { ShortcutRow, type Slot } from "./ShortcutRow";
import { useFocusBack } from "./useFocusBack";

interface Told {
  readonly text: string;
  readonly bad?: boolean;
  /** Said of the key that is waited for: it goes with the waiting. */
  readonly waiting?: boolean;
}

/** Generated from the commands: it cannot be wrong about a key. Each key can be changed where it stands. */
export function ShortcutPage({ session, editor }: { session: ReviewSession; editor: EditorSlug }) {
  const { t } = useTranslation("keys");
  const open = useStore(session.view, (view) => view.dialog === "shortcuts");
  const [recording, setRecording] = useState<Slot | null>(null);
  // Esc first gives up the key that was asked for, then closes the page.
  const close = () => (recording === null ? session.closeDialog() : setRecording(null));
  return (
    <Dialog wide open={open} onOpenChange={close} title={t("review:shortcuts.title")}>
      {open ? (
        <Shortcuts session={session} editor={editor} recording={recording} onRecord={setRecording} />
      ) : null}
    </Dialog>
  );
}

interface ShortcutsProps {
  session: ReviewSession;
  editor: EditorSlug;
  recording: Slot | null;
  onRecord: (slot: Slot | null) => void;
}

/** What a change of keys does and says. */
function useRemap(onRecord: ShortcutsProps["onRecord"]) {
  const { t } = useTranslation("keys");
  const preferences = useStore(keyStore, (state) => state.preferences);
  const { change, problem, retry } = useChangeKeys();
  const [told, setTold] = useState<Told | null>(null);
  const nameOf = (command: Command) => t(command.label);

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

function Shortcuts({ session, editor, recording, onRecord }: ShortcutsProps) {
  const { t } = useTranslation("keys");
  useFocusBack(session);
  const remap = useRemap(onRecord);
  const commands = COMMANDS.filter((command) => command.editors?.includes(editor) ?? true);
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
        {COMMAND_GROUPS.map((group) => (
          <section key={group} className={styles.group}>
            <h3>{t(`review:group.${group}`)}</h3>
            {commands
              .filter((command) => command.group === group)
              .map((command) => (
                <ShortcutRow
                  key={command.name}
                  command={command}
                  preferences={preferences}
                  recording={recording?.command === command ? recording.position : null}
                  onRecord={remap.record}
                  onKey={remap.give}
                  onReset={() => remap.reset(command)}
                />
              ))}
          </section>
        ))}
        <MouseKeys />
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

function MouseKeys() {
  const { t } = useTranslation("keys");
  return (
    <section className={styles.group}>
      <h3>{t("review:shortcuts.mouse")}</h3>
      {(["wheel", "middle", "alt"] as const).map((name) => (
        <div key={name} className={styles.shortcut}>
          <span>{t(`review:shortcuts.${name}_text`)}</span>
          <kbd className={styles.key}>{t(`review:shortcuts.${name}`)}</kbd>
        </div>
      ))}
    </section>
  );
}
