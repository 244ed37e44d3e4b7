import { useTranslation } from "react-i18next";
import { Check, Field, Input, Select } from "@/components";
import type { Project } from "@/lib/api";
import type { ImportOrder } from "../api";
import { formatsFor } from "../formats";
import styles from "./Datasets.module.css";

export type Options = Omit<ImportOrder, "source" | "dryRun">;

interface ImportOptionsProps {
  project: Project;
  options: Options;
  onChange: (change: Partial<Options>) => void;
}

const LABELS: Options["labels"][] = ["truth", "guesses", "none"];
const SPLITS: Options["split"][] = ["keep", "hash"];

/** How the data is to be read. */
export function ImportOptions({ project, options, onChange }: ImportOptionsProps) {
  const { t } = useTranslation("datasets");
  const formats = [
    { value: "auto", name: t("import.auto") },
    ...formatsFor(project.task_type).map(({ slug, name }) => ({ value: slug, name })),
  ];
  const labels = LABELS.map((value) => ({ value, name: t(`import.${value}`) }));
  const splits = SPLITS.map((value) => ({ value, name: t(`import.${value}`) }));
  return (
    <>
      <div className={styles.options}>
        <Choice
          label={t("import.format")}
          choices={formats}
          value={options.format}
          onChange={(format) => onChange({ format })}
        />
        <Choice
          label={t("import.labels")}
          hint={t(`import.labelsAbout.${options.labels}`)}
          choices={labels}
          value={options.labels}
          onChange={(value) => onChange({ labels: value as Options["labels"] })}
        />
        <Choice
          label={t("import.split")}
          hint={t(`import.splitAbout.${options.split}`)}
          choices={splits}
          value={options.split}
          onChange={(value) => onChange({ split: value as Options["split"] })}
        />
        <Field label={t("import.dataset")} hint={t("import.datasetHint")}>
          {(field) => (
            <Input
              {...field}
              maxLength={120}
              value={options.dataset}
              onChange={(event) => onChange({ dataset: event.target.value })}
            />
          )}
        </Field>
      </div>
      {options.labels === "none" ? null : (
        <Check
          label={t("import.createClasses")}
          hint={t("import.createClassesHint")}
          checked={options.createClasses}
          onChange={(event) => onChange({ createClasses: event.target.checked })}
        />
      )}
    </>
  );
}

interface ChoiceProps {
  label: string;
  hint?: string;
  choices: { value: string; name: string }[];
  value: string;
  onChange: (value: string) => void;
}

function Choice({ label, hint, choices, value, onChange }: ChoiceProps) {
  return (
    <Field label={label} hint={hint}>
      {(field) => (
        <Select {...field} value={value} onChange={(event) => onChange(event.target.value)}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
