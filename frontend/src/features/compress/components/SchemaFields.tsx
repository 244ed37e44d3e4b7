import { useTranslation } from "react-i18next";
import { Check, Field, Input, Select } from "@/components";
import type { JsonSchema, StepInfo } from "@/lib/api";
import { optionFits } from "../problems";
import { useTold } from "../told";
import styles from "./Compress.module.css";
import { controlOf, isAsked, limitsOf, parseNumber } from "./schema";

interface SchemaFieldsProps {
  info: StepInfo;
  options: Record<string, unknown>;
  onSet: (name: string, value: unknown) => void;
}

/** Asked of everybody; the rest folds out. */
const FIRST = new Set([
  "method",
  "amount",
  "scheme",
  "precision",
  "image_size",
  "arch",
  "width",
  "student",
  "epochs",
  "distil",
]);

/** A hint of more letters than this gets the room of two fields. */
const LONG = 200;

/** The options of a step, as its schema describes them. */
export function SchemaFields({ info, options, onSet }: SchemaFieldsProps) {
  const { t } = useTranslation("compress");
  const all = info.schema.properties ?? {};
  const asked = Object.entries(all).filter(([, schema]) => isAsked(schema, options, all));
  const first = asked.filter(([name]) => FIRST.has(name));
  const rest = asked.filter(([name]) => !FIRST.has(name));
  const fields = (entries: [string, JsonSchema][]) => (
    <div className={styles.fields}>
      {entries.map(([name, schema]) => (
        <div key={name} className={(schema.description?.length ?? 0) > LONG ? styles.longField : undefined}>
          <OptionField
            name={name}
            step={info.slug}
            schema={schema}
            given={options[name]}
            onSet={(value) => onSet(name, value)}
          />
        </div>
      ))}
    </div>
  );
  return (
    <>
      {first.length ? fields(first) : null}
      {rest.length ? (
        <details className={styles.more}>
          <summary>{t("plan.more", { count: rest.length })}</summary>
          {fields(rest)}
        </details>
      ) : null}
      {asked.length === 0 ? <p className="muted">{t("plan.noOptions")}</p> : null}
    </>
  );
}

interface OptionFieldProps {
  name: string;
  step: string;
  schema: JsonSchema;
  /** What the plan says; undefined = nothing, so the default counts. */
  given: unknown;
  onSet: (value: unknown) => void;
}

/** A text of this step's option, else of any step's, else the schema's own words. */
function useOptionText({ name, step, schema }: Pick<OptionFieldProps, "name" | "step" | "schema">) {
  const { t } = useTranslation("compress");
  const told = useTold();
  const find = (kind: string, fallback: string) =>
    told([`${kind}.${step}.${name}`, `${kind}.any.${name}`], fallback);
  return {
    label: find("option", schema.title ?? name.replaceAll("_", " ")),
    hint: find("optionHint", schema.description ?? ""),
    value: (one: unknown) =>
      one === null ? t("plan.ownValue") : t(`optionValue.${String(one)}`, { defaultValue: String(one) }),
  };
}

function OptionField({ name, step, schema, given, onSet }: OptionFieldProps) {
  const { t } = useTranslation("compress");
  const text = useOptionText({ name, step, schema });
  const control = controlOf(schema);
  const value = given === undefined ? schema.default : given;
  if (control === "switch") {
    return (
      <Check
        label={text.label}
        hint={text.hint || undefined}
        checked={value === true}
        onChange={(event) => onSet(event.target.checked)}
      />
    );
  }
  const wrong = optionFits(schema, value) ? null : t("problem.limits");
  return (
    <Field label={text.label} hint={text.hint || undefined} error={wrong}>
      {(field) => {
        if (control === "choice") {
          return (
            <Select
              {...field}
              value={value === null || value === undefined ? "" : String(value)}
              onChange={(event) =>
                onSet((schema.enum ?? []).find((one) => String(one ?? "") === event.target.value))
              }
            >
              {(schema.enum ?? []).map((one) => (
                <option key={String(one)} value={String(one ?? "")}>
                  {text.value(one)}
                </option>
              ))}
            </Select>
          );
        }
        const numeric = control === "number";
        return (
          <Input
            {...field}
            {...(numeric ? { type: "number", ...limitsOf(schema) } : {})}
            // An emptied field stays empty and shows the default behind it; filling it in would fight who types.
            placeholder={
              schema.default === undefined || schema.default === null ? "" : String(schema.default)
            }
            value={given === null || given === undefined ? "" : String(given)}
            onChange={(event) =>
              onSet(numeric ? parseNumber(event.target.value, schema) : event.target.value || undefined)
            }
          />
        );
      }}
    </Field>
  );
}
