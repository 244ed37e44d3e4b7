import { useTranslation } from "react-i18next";
import { Field, Input, RadioCards, Select } from "@/components";
import type { ModelList, Project } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { useVersions } from "@/lib/queries";
import styles from "./Models.module.css";

/** The form as typed; empty text = as the preset says. */
export interface TrainForm {
  /** "" = the default; a base model's slug, or the id of a model version. */
  base: string;
  /** "" = freeze what is reviewed now; else the id of a version. */
  version: string;
  preset: "quick" | "normal";
  epochs: string;
  imageSize: string;
  minutes: string;
  seed: string;
  deploy: boolean;
}

export interface PartProps {
  form: TrainForm;
  onChange: (change: Partial<TrainForm>) => void;
}

export function BaseField({ form, onChange, models }: PartProps & { models: ModelList }) {
  const { t } = useTranslation("models");
  const own = models.results.filter(({ trainable }) => trainable);
  return (
    <Field label={t("train.base")} hint={t("train.baseHint")}>
      {(field) => (
        <Select {...field} value={form.base} onChange={(event) => onChange({ base: event.target.value })}>
          <option value="">{t("train.baseDefault")}</option>
          {own.length ? (
            <optgroup label={t("train.own")}>
              {own.map((model) => (
                <option key={model.id} value={model.id}>
                  {model.name} v{model.number}
                </option>
              ))}
            </optgroup>
          ) : null}
          <optgroup label={t("train.fresh")}>
            {models.base_models.map(({ slug, label, shipped, licence }) => (
              <option key={slug} value={slug}>
                {label} · {licence}
                {shipped ? "" : ` · ${t("train.download")}`}
              </option>
            ))}
          </optgroup>
        </Select>
      )}
    </Field>
  );
}

export function VersionField({ form, onChange, project }: PartProps & { project: Project }) {
  const { t } = useTranslation("models");
  const versions = useVersions(project.id);
  return (
    <Field label={t("train.version")} hint={t("train.versionHint")}>
      {(field) => (
        <Select
          {...field}
          value={form.version}
          onChange={(event) => onChange({ version: event.target.value })}
        >
          <option value="">{t("train.freeze", { n: formatNumber(project.counts.reviewed) })}</option>
          {(versions.data ?? []).map(({ id, number, counts, note }) => (
            <option key={id} value={id}>
              {t("train.versionOption", { number, n: formatNumber(counts.items) })}
              {note ? ` · ${note}` : ""}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

const PRESETS = ["quick", "normal"] as const;

export function Presets({ form, onChange }: PartProps) {
  const { t } = useTranslation("models");
  const cards = PRESETS.map((preset) => ({
    value: preset,
    title: t(`train.presets.${preset}.title`),
    about: t(`train.presets.${preset}.about`),
  }));
  return (
    <RadioCards
      legend={t("train.preset")}
      cards={cards}
      value={form.preset}
      onChange={(preset) => onChange({ preset })}
    />
  );
}

/** Limits are the server's. */
const NUMBERS = [
  { name: "epochs", min: 1, max: 1000, step: 1 },
  { name: "imageSize", min: 32, max: 1280, step: 32 },
  { name: "minutes", min: 0.1, max: 10_000, step: "any" },
  { name: "seed", min: 0, max: 2 ** 31 - 1, step: 1 },
] as const;

export function MoreSettings({ form, onChange }: PartProps) {
  const { t } = useTranslation("models");
  return (
    <details className={styles.more}>
      <summary>{t("train.more")}</summary>
      <div className={styles.fields}>
        {NUMBERS.map(({ name, ...limits }) => (
          <Field key={name} label={t(`train.${name}`)}>
            {(field) => (
              <Input
                {...field}
                {...limits}
                type="number"
                placeholder={t("train.byPreset")}
                value={form[name]}
                onChange={(event) => onChange({ [name]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </div>
    </details>
  );
}
