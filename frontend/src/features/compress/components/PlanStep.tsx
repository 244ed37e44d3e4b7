import { useTranslation } from "react-i18next";
import { Card, Check, Field, Input, RadioCards, Select, Stack } from "@/components";
import type { CompressOptions, CompressPreset } from "@/lib/api";
import { formatDuration } from "@/lib/format";
import { OWN_PLAN } from "../draft";
import { useTold } from "../told";
import styles from "./Compress.module.css";
import { Notes } from "./Notes";
import { PlanEditor, useStepName } from "./PlanEditor";
import type { StepProps } from "./wizard";

/** 3: what is done to the model, and what must come of it. */
export function PlanStep(props: StepProps) {
  const { t } = useTranslation("compress");
  const { options, draft, onChange, problems } = props;
  const chosen = options.models.find(({ id }) => String(id) === draft.model);
  const noWeights = draft.source === "existing" && chosen && !chosen.trainable ? t("plan.noWeights") : null;
  const preset = options.presets.find(({ slug }) => slug === draft.preset);
  const choose = (slug: string) => {
    // An own plan begins as the preset that was looked at.
    const begins = slug === OWN_PLAN && draft.plan.length === 0 ? { plan: preset?.plan ?? [] } : {};
    onChange({ preset: slug, ...begins });
  };
  return (
    <Stack>
      <Card title={t("plan.title")} about={t("plan.about")}>
        <Stack gap="l">
          <RadioCards
            legend={t("plan.preset")}
            value={draft.preset}
            onChange={choose}
            cards={[
              ...usePresetCards(options),
              { value: OWN_PLAN, title: t("plan.own"), about: t("plan.ownAbout") },
            ]}
          />
          {draft.preset === OWN_PLAN ? (
            <PlanEditor
              steps={options.steps}
              plan={draft.plan}
              noWeights={noWeights}
              onChange={(plan) => onChange({ plan })}
            />
          ) : null}
          <Search {...props} preset={preset} />
          <Notes problems={problems} warnings={noWeights && draft.preset !== OWN_PLAN ? [noWeights] : []} />
        </Stack>
      </Card>
      <Budgets {...props} />
    </Stack>
  );
}

function usePresetCards(options: CompressOptions) {
  const { t } = useTranslation("compress");
  const told = useTold();
  const stepName = useStepName();
  return options.presets.map(({ slug, label, description, plan, minutes, search }) => ({
    value: slug,
    title: told(`preset.${slug}.title`, label),
    about: told(`preset.${slug}.about`, description),
    note: [
      plan.map(({ step }) => stepName(step, options.steps)).join(" → "),
      search ? t("plan.searches") : "",
      minutes ? t("plan.about_minutes", { time: formatDuration(minutes * 60) }) : "",
    ]
      .filter(Boolean)
      .join(" · "),
  }));
}

function Search({ draft, onChange, preset }: StepProps & { preset?: CompressPreset }) {
  const { t } = useTranslation("compress");
  const byPreset = preset?.search ?? null;
  return (
    <div className={styles.search}>
      <Check
        label={t("plan.search")}
        hint={byPreset ? t("plan.searchByPreset") : t("plan.searchHint")}
        checked={draft.search || byPreset !== null}
        disabled={byPreset !== null}
        onChange={(event) =>
          onChange({
            search: event.target.checked,
            ...(event.target.checked && !draft.searchTrials && !draft.searchMinutes
              ? { searchTrials: "12" }
              : {}),
          })
        }
      />
      {draft.search || byPreset ? (
        <div className={styles.fields}>
          <Field label={t("plan.searchMinutes")}>
            {(field) => (
              <Input
                {...field}
                type="number"
                min={1}
                step="any"
                placeholder={byPreset?.minutes ? String(byPreset.minutes) : ""}
                value={draft.searchMinutes}
                onChange={(event) => onChange({ searchMinutes: event.target.value, search: true })}
              />
            )}
          </Field>
          <Field label={t("plan.searchTrials")}>
            {(field) => (
              <Input
                {...field}
                type="number"
                min={1}
                step={1}
                placeholder={byPreset?.trials ? String(byPreset.trials) : ""}
                value={draft.searchTrials}
                onChange={(event) => onChange({ searchTrials: event.target.value, search: true })}
              />
            )}
          </Field>
        </div>
      ) : null}
    </div>
  );
}

function Budgets({ options, draft, onChange }: StepProps) {
  const { t } = useTranslation("compress");
  const metric = t(`common:metric.${options.metric}`, { defaultValue: options.metric });
  const number = (
    name: "sizeMb" | "latencyMs" | "minMetric" | "maxDrop",
    label: string,
    hint?: string,
    most?: number,
  ) => (
    <Field label={label} hint={hint}>
      {(field) => (
        <Input
          {...field}
          type="number"
          min={0}
          max={most}
          step="any"
          placeholder={t("plan.noLimit")}
          value={draft[name]}
          onChange={(event) => onChange({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <Card title={t("budget.title")} about={t("budget.about")}>
      <div className={styles.fields}>
        {number("sizeMb", t("budget.size"))}
        {number("latencyMs", t("budget.latency"), t("budget.latencyHint"))}
        <Field label={t("budget.device")}>
          {(field) => (
            <Select
              {...field}
              value={draft.device}
              onChange={(event) => onChange({ device: event.target.value })}
            >
              {options.devices.length === 0 ? <option value="">{t("budget.thisDevice")}</option> : null}
              {options.devices.map(({ id, name, here, online }) => (
                <option key={id} value={id}>
                  {name}
                  {here ? ` · ${t("budget.here")}` : ""}
                  {online ? "" : ` · ${t("budget.offline")}`}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {number("maxDrop", t("budget.drop"), t("budget.dropHint"), 100)}
        {number("minMetric", t("budget.metric", { metric }), undefined, 100)}
      </div>
    </Card>
  );
}
