import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Button, Dialog } from "@/components";
import type { TruthObject } from "@/document/annotation";
import { readGeometry } from "@/document/geometry";
import type { Conflict } from "@/document/merge";
import type { Choice } from "@/document/settle";
import { className } from "@/editors/classNames";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./Conflict.module.css";
import { ConflictCrop } from "./ConflictCrop";
import { SIDES, type Side } from "./conflictShapes";
import dialogs from "./dialogs.module.css";

const CHOICES: readonly Choice[] = ["both", "mine", "theirs"];

/** Regions that two people changed, one beside the other. Closing it keeps both, to be checked. */
export function ConflictDialog({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("conflict");
  const open = useStore(session.view, (view) => view.dialog === "conflict");
  const conflicts = useStore(session.view, (view) => view.conflicts);
  return (
    <Dialog
      wide
      open={open}
      onOpenChange={() => session.settleConflicts(new Map())}
      title={t("title", { count: conflicts.length })}
      description={t("explain")}
    >
      {open ? <Conflicts session={session} conflicts={conflicts} /> : null}
    </Dialog>
  );
}

function Conflicts({ session, conflicts }: { session: ReviewSession; conflicts: readonly Conflict[] }) {
  const { t } = useTranslation("conflict");
  const [choices, setChoices] = useState<ReadonlyMap<string, Choice>>(new Map());
  const settle = () => session.settleConflicts(choices);
  return (
    <form
      className={dialogs.stack}
      data-testid="conflict"
      onSubmit={(event) => {
        event.preventDefault();
        settle();
      }}
    >
      <ul className={styles.list}>
        {conflicts.map((conflict) => (
          <ConflictRow
            key={conflict.id}
            session={session}
            conflict={conflict}
            choice={choices.get(conflict.id) ?? "both"}
            onChoose={(choice) => setChoices(new Map(choices).set(conflict.id, choice))}
          />
        ))}
      </ul>
      <div className={dialogs.actions}>
        {/* Enter keeps both, which throws nothing away. */}
        <Button type="submit" variant="primary" autoFocus>
          {t("apply")}
        </Button>
      </div>
    </form>
  );
}

/** The line as it is drawn in the crop. */
function Line({ side }: { side: Side }) {
  const { dash, colour } = SIDES[side];
  return (
    <svg className={styles.line} width="26" height="10" viewBox="0 0 26 10" aria-hidden="true">
      <path
        d="M1 5h24"
        stroke="#000000"
        strokeOpacity="0.55"
        strokeWidth="5"
        strokeDasharray={dash.join(" ")}
      />
      <path d="M1 5h24" stroke={colour} strokeWidth="2.5" strokeDasharray={dash.join(" ")} />
    </svg>
  );
}

interface RowProps {
  session: ReviewSession;
  conflict: Conflict;
  choice: Choice;
  onChoose: (choice: Choice) => void;
}

/** What each side says, in words; the crop beside it is for the eye alone. */
function Sides({ session, conflict }: Pick<RowProps, "session" | "conflict">) {
  const { t, i18n } = useTranslation("conflict");
  const labels = useStore(session.view, (view) => view.classes);
  const told = (object: TruthObject | null, absent: string) => {
    if (object === null) return absent;
    const label = labels.find((one) => one.id === object.class_id);
    const name = label === undefined ? `#${object.class_id}` : className(label, i18n.language);
    const { bbox } = readGeometry(object);
    if (bbox === null) return name;
    const [x1, y1, x2, y2] = bbox;
    return t("side", { name, width: Math.round(x2 - x1), height: Math.round(y2 - y1) });
  };
  const sides: [Side, string][] = [
    ["mine", told(conflict.mine, t("deleted"))],
    ["theirs", told(conflict.theirs, t("deleted"))],
    ["original", told(conflict.base, t("unknown"))],
  ];
  return (
    <dl className={styles.sides}>
      {sides.map(([side, text]) => (
        <div key={side}>
          <dt>
            <Line side={side} /> {t(`of.${side}`)}
          </dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function ConflictRow({ session, conflict, choice, onChoose }: RowProps) {
  const { t } = useTranslation("conflict");
  return (
    <li className={styles.row}>
      <ConflictCrop session={session} conflict={conflict} />
      <div>
        <Sides session={session} conflict={conflict} />
        <fieldset className={styles.choices}>
          <legend className="visually-hidden">{t("choose")}</legend>
          {CHOICES.map((one) => (
            <label key={one}>
              <input
                type="radio"
                name={`conflict-${conflict.id}`}
                checked={choice === one}
                onChange={() => onChoose(one)}
              />
              {t(`keep.${one}`)}
            </label>
          ))}
        </fieldset>
      </div>
    </li>
  );
}
