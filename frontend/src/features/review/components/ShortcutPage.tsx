import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { COMMANDS } from "@/commands";
import { COMMAND_GROUPS, type EditorSlug } from "@/commands/command";
import { keyLabel } from "@/commands/keys";
import { Dialog } from "@/components";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./dialogs.module.css";

/** Ten digits are one range to a reader. */
function shownKeys(keys: readonly string[]): string[] {
  return keys.length > 4
    ? [`${keyLabel(keys[0] ?? "")} … ${keyLabel(keys.at(-1) ?? "")}`]
    : keys.map(keyLabel);
}

/** Generated from the commands: it cannot be wrong about a key. */
export function ShortcutPage({ session, editor }: { session: ReviewSession; editor: EditorSlug }) {
  const { t } = useTranslation("review");
  const open = useStore(session.view, (view) => view.dialog === "shortcuts");
  const commands = COMMANDS.filter((command) => command.editors?.includes(editor) ?? true);
  return (
    <Dialog wide open={open} onOpenChange={() => session.closeDialog()} title={t("shortcuts.title")}>
      <div className={styles.columns}>
        {COMMAND_GROUPS.map((group) => (
          <section key={group} className={styles.group}>
            <h3>{t(`group.${group}`)}</h3>
            {commands
              .filter((command) => command.group === group)
              .map((command) => (
                <div key={command.name} className={styles.shortcut}>
                  <span>{t(`command.${command.name}`)}</span>
                  <span className={styles.keys}>
                    {shownKeys(command.keys).map((key) => (
                      <kbd key={key} className={styles.key}>
                        {key}
                      </kbd>
                    ))}
                  </span>
                </div>
              ))}
          </section>
        ))}
        <section className={styles.group}>
          <h3>{t("shortcuts.mouse")}</h3>
          {(["wheel", "middle", "alt"] as const).map((name) => (
            <div key={name} className={styles.shortcut}>
              <span>{t(`shortcuts.${name}_text`)}</span>
              <kbd className={styles.key}>{t(`shortcuts.${name}`)}</kbd>
            </div>
          ))}
        </section>
      </div>
    </Dialog>
  );
}
