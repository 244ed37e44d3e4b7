import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Button, classes, Field, FormError, Select, toast } from "@/components";
import { className } from "@/editors/classNames";
import type { ApiError, SimilarOutcome, SimilarRow, SimilarSearch } from "@/lib/api";
import { formatShare } from "@/lib/format";
import { keys } from "@/lib/queries";
import { randomUuid } from "@/lib/uuid";
import { type Labelled, labelAll } from "../api/alike";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./Alike.module.css";
import { cropStyle } from "./alikeCrop";

const FIRST_SHARE = 0.7;
const nameOf = (row: SimilarRow) => `${row.item.id} ${row.object}`;

interface AlikeChoiceProps {
  session: ReviewSession;
  search: SimilarSearch;
  firstClass: number | null;
  labelled: (done: Labelled) => void;
}

/** What was found as crops: the slider ticks those at or above it, a click puts one right, one button labels them. */
export function AlikeChoice({ session, search, firstClass, labelled }: AlikeChoiceProps) {
  const { t, i18n } = useTranslation("alike");
  const labels = useStore(session.view, (view) => view.classes);
  const rows = useMemo(() => search.results.filter((row) => row.waiting), [search.results]);
  const [least, setLeast] = useState(FIRST_SHARE);
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const known = labels.find((one) => one.id === firstClass) ?? labels[0];
  const [classId, setClassId] = useState(known?.id ?? 0);
  // A click turns what the slider says of one; a move of the slider says it anew of all.
  const isTicked = (row: SimilarRow) => row.score >= least !== turned.has(nameOf(row));
  const chosen = rows.filter(isTicked);
  const send = useLabel(session, search.run.id, labelled);
  const label = labels.find((one) => one.id === classId);
  const name = label === undefined ? "" : className(label, i18n.language);
  if (rows.length === 0) return <p>{t("none")}</p>;
  const turn = (row: SimilarRow) => {
    const next = new Set(turned);
    if (!next.delete(nameOf(row))) next.add(nameOf(row));
    setTurned(next);
  };
  return (
    <>
      <div className={styles.bar}>
        <label className={styles.slider}>
          <span>{t("least", { share: formatShare(least) })}</span>
          <input
            type="range"
            min={0}
            max={1}
            step={0.01}
            value={least}
            aria-valuetext={formatShare(least)}
            onChange={(event) => {
              setLeast(Number(event.target.value));
              setTurned(new Set());
            }}
          />
        </label>
        <Field label={t("class")}>
          {(control) => (
            <Select {...control} value={classId} onChange={(event) => setClassId(Number(event.target.value))}>
              {labels.map((one) => (
                <option key={one.id} value={one.id}>
                  {className(one, i18n.language)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Button
          variant="primary"
          disabled={chosen.length === 0 || label === undefined || send.isPending}
          onClick={() => send.mutate({ classId, rows: chosen })}
        >
          {t("make", { count: chosen.length, name })}
        </Button>
      </div>
      <FormError error={send.error} />
      <Cells session={session} rows={rows} isTicked={isTicked} turn={turn} />
    </>
  );
}

interface CellsProps {
  session: ReviewSession;
  rows: readonly SimilarRow[];
  isTicked: (row: SimilarRow) => boolean;
  turn: (row: SimilarRow) => void;
}

function Cells({ session, rows, isTicked, turn }: CellsProps) {
  const { t, i18n } = useTranslation("alike");
  const labels = useStore(session.view, (view) => view.classes);
  const nameOfClass = (id: number) => {
    const label = labels.find((one) => one.id === id);
    return label === undefined ? `#${id}` : className(label, i18n.language);
  };
  return (
    <div className={styles.cells}>
      {rows.map((row) => {
        const guess = nameOfClass(row.class_id);
        const share = formatShare(row.score);
        return (
          <button
            key={nameOf(row)}
            type="button"
            className={classes(styles.cell, isTicked(row) && styles.ticked)}
            aria-pressed={isTicked(row)}
            aria-label={t("cell", { name: row.item.name, guess, share })}
            onClick={() => turn(row)}
          >
            <span className={styles.crop}>
              <img
                src={row.bbox === null ? row.item.thumbnail_url : row.item.image_url}
                alt=""
                loading="lazy"
                decoding="async"
                style={cropStyle(row)}
              />
            </span>
            <span className={styles.note}>
              <span className="truncate">{guess}</span>
              <span>{share}</span>
            </span>
          </button>
        );
      })}
    </div>
  );
}

interface Choice {
  classId: number;
  rows: readonly SimilarRow[];
}

/** One key for all of a choice: sent again after a lost answer it does nothing twice. */
function useLabel(session: ReviewSession, searchId: number, labelled: (done: Labelled) => void) {
  const { t } = useTranslation("alike");
  const client = useQueryClient();
  const { id } = session.project;
  const [key] = useState(randomUuid);
  return useMutation<{ done: number; left: SimilarOutcome[] }, ApiError, Choice>({
    mutationFn: ({ classId, rows }) => labelAll(id, { searchId, key }, classId, rows),
    onSuccess: ({ done, left }) => {
      void client.invalidateQueries({ queryKey: keys.project(id) });
      if (left.length > 0) toast({ message: t("left_alone", { count: left.length }) });
      labelled({ searchId, key, count: done });
    },
  });
}
