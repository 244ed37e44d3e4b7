import { useTranslation } from "react-i18next";
import { classes, Select } from "@/components";
import type { Project, QueueReason, Split } from "@/lib/api";
import { className, formatNumber } from "@/lib/format";
import { ITEM_STATES } from "@/lib/itemStates";
import type { ItemFilter } from "../search";
import styles from "./Items.module.css";
import { SearchField } from "./SearchField";

const SPLITS: Split[] = ["train", "val", "test"];
export const REASONS: QueueReason[] = [
  "returned",
  "uncertain",
  "empty",
  "no_prediction",
  "test_item",
  "spot_check",
];

interface FiltersProps {
  project: Project;
  filter: ItemFilter;
  datasets: { id: number; name: string }[];
  onChange: (change: Partial<ItemFilter>) => void;
}

export function Filters({ project, filter, datasets, onChange }: FiltersProps) {
  const { t } = useTranslation("items");
  const problems = filter.state === "problem" || filter.problem !== "";
  return (
    <div className={styles.filters}>
      <fieldset className={styles.states}>
        <legend className="visually-hidden">{t("filter.state")}</legend>
        <StateChip
          label={t("filter.all")}
          count={project.counts.total}
          on={filter.state === ""}
          onClick={() => onChange({ state: "", problem: "" })}
        />
        {ITEM_STATES.map(({ state, color }) => (
          <StateChip
            key={state}
            color={color}
            label={t(`common:state.${state}`)}
            count={project.counts[state]}
            on={filter.state === state}
            onClick={() => onChange({ state: filter.state === state ? "" : state, problem: "" })}
          />
        ))}
      </fieldset>
      <div className={styles.fields}>
        <SearchField label={t("filter.name")} value={filter.q} onChange={(q) => onChange({ q })} />
        {problems ? (
          <SearchField
            label={t("filter.problem")}
            value={filter.problem}
            onChange={(problem) => onChange({ problem })}
          />
        ) : null}
        <Choice
          label={t("filter.class")}
          all={t("filter.allClasses")}
          value={filter.class}
          options={project.classes.map((label) => [String(label.id), className(label)])}
          onChange={(chosen) => onChange({ class: chosen })}
        />
        <Choice
          label={t("filter.split")}
          all={t("filter.allSplits")}
          value={filter.split}
          options={SPLITS.map((split) => [split, t(`common:split.${split}`)])}
          onChange={(split) => onChange({ split })}
        />
        <Choice
          label={t("filter.reason")}
          all={t("filter.allReasons")}
          value={filter.reason}
          options={REASONS.map((reason) => [reason, t(`queue:reason.${reason}.title`)])}
          onChange={(reason) => onChange({ reason })}
        />
        {datasets.length > 1 || filter.dataset ? (
          <Choice
            label={t("filter.dataset")}
            all={t("filter.allDatasets")}
            value={filter.dataset}
            options={datasets.map(({ id, name }) => [String(id), name])}
            onChange={(dataset) => onChange({ dataset })}
          />
        ) : null}
        {filter.holder ? <Dropped label={t("filter.held")} onDrop={() => onChange({ holder: "" })} /> : null}
        {filter.postponed ? (
          <Dropped label={t("filter.postponed")} onDrop={() => onChange({ postponed: "" })} />
        ) : null}
      </div>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  all: string;
  value: string;
  options: [value: string, name: string][];
  onChange: (value: string) => void;
}

function Choice({ label, all, value, options, onChange }: ChoiceProps) {
  return (
    <Select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{all}</option>
      {options.map(([option, name]) => (
        <option key={option} value={option}>
          {name}
        </option>
      ))}
    </Select>
  );
}

/** A filter that only a link sets: it says that it is on, and goes by a click. */
function Dropped({ label, onDrop }: { label: string; onDrop: () => void }) {
  const { t } = useTranslation("items");
  return (
    <button type="button" className={classes(styles.chip, styles.chipOn)} onClick={onDrop}>
      {label}
      <span aria-hidden="true"> ×</span>
      <span className="visually-hidden">({t("filter.drop")})</span>
    </button>
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
