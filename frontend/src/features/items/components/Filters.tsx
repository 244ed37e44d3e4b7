import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { classes, Input, Select } from "@/components";
import type { Project, Split } from "@/lib/api";
import { className, formatNumber } from "@/lib/format";
import { ITEM_STATES } from "@/lib/itemStates";
import type { ItemFilter } from "../api";
import styles from "./Items.module.css";

const SPLITS: Split[] = ["train", "val", "test"];

interface FiltersProps {
  project: Project;
  filter: ItemFilter;
  onChange: (change: Partial<Record<keyof ItemFilter, string>>) => void;
}

export function Filters({ project, filter, onChange }: FiltersProps) {
  const { t } = useTranslation("items");
  return (
    <div className={styles.filters}>
      <fieldset className={styles.states}>
        <legend className="visually-hidden">{t("filter.state")}</legend>
        <StateChip
          label={t("filter.all")}
          count={project.counts.total}
          on={filter.state === ""}
          onClick={() => onChange({ state: "" })}
        />
        {ITEM_STATES.map(({ state, color }) => (
          <StateChip
            key={state}
            color={color}
            label={t(`common:state.${state}`)}
            count={project.counts[state]}
            on={filter.state === state}
            onClick={() => onChange({ state: filter.state === state ? "" : state })}
          />
        ))}
      </fieldset>
      <div className={styles.fields}>
        <NameSearch value={filter.q} onChange={(q) => onChange({ q })} />
        <Select
          aria-label={t("filter.class")}
          value={filter.class}
          onChange={(event) => onChange({ class: event.target.value })}
        >
          <option value="">{t("filter.allClasses")}</option>
          {project.classes.map((label) => (
            <option key={label.id} value={label.id}>
              {className(label)}
            </option>
          ))}
        </Select>
        <Select
          aria-label={t("filter.split")}
          value={filter.split}
          onChange={(event) => onChange({ split: event.target.value })}
        >
          <option value="">{t("filter.allSplits")}</option>
          {SPLITS.map((split) => (
            <option key={split} value={split}>
              {t(`common:split.${split}`)}
            </option>
          ))}
        </Select>
      </div>
    </div>
  );
}

interface StateChipProps {
  label: string;
  count: number;
  on: boolean;
  color?: string;
  onClick: () => void;
}

function StateChip({ label, count, on, color, onClick }: StateChipProps) {
  return (
    <button
      type="button"
      className={classes(styles.chip, on && styles.chipOn)}
      aria-pressed={on}
      onClick={onClick}
    >
      {color ? <span className={styles.dot} style={{ background: color }} aria-hidden="true" /> : null}
      {label} <span className="num muted">{formatNumber(count)}</span>
    </button>
  );
}

/** Asks the server once the person stopped typing; an IME that composes counts as typing. */
function NameSearch({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation("items");
  const [text, setText] = useState(value);
  const [composing, setComposing] = useState(false);

  useEffect(() => setText(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the timer starts from the text alone
  useEffect(() => {
    if (composing || text === value) return;
    const timer = setTimeout(() => onChange(text), 300);
    return () => clearTimeout(timer);
  }, [text, composing]);

  return (
    <Input
      type="search"
      placeholder={t("filter.name")}
      aria-label={t("filter.name")}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onCompositionStart={() => setComposing(true)}
      onCompositionEnd={() => setComposing(false)}
    />
  );
}
