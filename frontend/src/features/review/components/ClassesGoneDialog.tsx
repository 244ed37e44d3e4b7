import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Button, Dialog, Field, Select } from "@/components";
import { className } from "@/editors/classNames";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./dialogs.module.css";
import { useGone } from "./useGone";

/** A lead took classes away under an open page: which regions have them, and which class they get instead. */
export function ClassesGoneDialog({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("conflict");
  const open = useStore(session.view, (view) => view.dialog === "classes_gone");
  return (
    <Dialog
      open={open}
      onOpenChange={() => session.closeDialog()}
      title={t("gone.title")}
      description={t("gone.explain")}
    >
      {open ? <Mapping session={session} /> : null}
    </Dialog>
  );
}

function Mapping({ session }: { session: ReviewSession }) {
  const { t, i18n } = useTranslation("conflict");
  const { vanished, classes } = useStore(session.view);
  const gone = useGone(session);
  const [chosen, setChosen] = useState<ReadonlyMap<number, number>>(new Map());
  const affected = vanished.flatMap((label) => {
    const count = gone.filter((region) => region.classId === label.id).length;
    return count === 0 ? [] : [{ label, count }];
  });
  const choose = (from: number, to: number) => {
    const next = new Map(chosen);
    if (to === 0) next.delete(from);
    else next.set(from, to);
    setChosen(next);
  };
  return (
    <div className={styles.stack}>
      {affected.map(({ label, count }) => (
        <Field key={label.id} label={t("gone.regions", { count, name: className(label, i18n.language) })}>
          {(control) => (
            <Select
              {...control}
              value={chosen.get(label.id) ?? 0}
              onChange={(event) => choose(label.id, Number(event.target.value))}
            >
              <option value={0}>{t("gone.leave")}</option>
              {classes.map((one) => (
                <option key={one.id} value={one.id}>
                  {className(one, i18n.language)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      ))}
      <div className={styles.actions}>
        <Button variant="primary" disabled={chosen.size === 0} onClick={() => session.mapClasses(chosen)}>
          {t("gone.apply")}
        </Button>
      </div>
    </div>
  );
}
