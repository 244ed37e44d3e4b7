import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Check, Dialog, Field, FormError, Input, Row, Select, Stack } from "@/components";
import type { ModelList, Project } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { useVersions } from "@/lib/queries";
import { randomUuid } from "@/lib/uuid";
import { useRetrain } from "../api";
import styles from "./Models.module.css";

interface TrainDialogProps {
  project: Project;
  models: ModelList;
  /** Id of the version that is chosen at first, "" = freeze what is reviewed now. */
  version: string;
  onClose: () => void;
  onStarted: (runId: number) => void;
}

/** Train, evaluate, compress, measure, gate: one order, one run. */
export function TrainDialog({
  project,
  models,
  version: firstVersion,
  onClose,
  onStarted,
}: TrainDialogProps) {
  const { t } = useTranslation("models");
  const versions = useVersions(project.id);
  // One key for this dialog: a double click, or a second try after a lost answer, still makes one run.
  const [key] = useState(randomUuid);
  const retrain = useRetrain(project.id, key);
  const [base, setBase] = useState("");
  const [version, setVersion] = useState(firstVersion);
  const [preset, setPreset] = useState<"quick" | "normal">("quick");
  const [epochs, setEpochs] = useState("");
  const [imageSize, setImageSize] = useState("");
  const [minutes, setMinutes] = useState("");
  const [seed, setSeed] = useState("0");
  const [deploy, setDeploy] = useState(true);
  const nothing = !version && project.counts.reviewed === 0 ? t("train.nothing") : null;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (nothing) return;
    retrain.mutate(
      {
        version_id: version ? Number(version) : null,
        base: base || null,
        preset,
        epochs: numberOrNull(epochs),
        image_size: numberOrNull(imageSize),
        minutes: numberOrNull(minutes),
        seed: Number(seed) || 0,
        deploy_if_passed: deploy,
      },
      { onSuccess: (run) => onStarted(run.id) },
    );
  };

  return (
    <Dialog
      wide
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("train.title")}
      description={t("train.about")}
    >
      <form onSubmit={submit}>
        <Stack gap="l">
          <div className={styles.fields}>
            <Field label={t("train.base")} hint={t("train.baseHint")}>
              {(field) => (
                <Select {...field} value={base} onChange={(event) => setBase(event.target.value)}>
                  <option value="">{t("train.baseDefault")}</option>
                  <optgroup label={t("train.own")}>
                    {models.results
                      .filter(({ trainable }) => trainable)
                      .map((model) => (
                        <option key={model.id} value={model.id}>
                          {model.name} v{model.number}
                        </option>
                      ))}
                  </optgroup>
                  <optgroup label={t("train.fresh")}>
                    {models.base_models.map(({ slug, label, available, licence }) => (
                      <option key={slug} value={slug} disabled={!available}>
                        {label} · {licence}
                      </option>
                    ))}
                  </optgroup>
                </Select>
              )}
            </Field>
            <Field label={t("train.version")} hint={t("train.versionHint")}>
              {(field) => (
                <Select {...field} value={version} onChange={(event) => setVersion(event.target.value)}>
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
          </div>
          <fieldset className={styles.presets}>
            <legend>{t("train.preset")}</legend>
            {(["quick", "normal"] as const).map((name) => (
              <label key={name} className={styles.preset}>
                <input
                  type="radio"
                  name="preset"
                  checked={preset === name}
                  onChange={() => setPreset(name)}
                />
                <div>
                  <strong>{t(`train.presets.${name}.title`)}</strong>
                  <span>{t(`train.presets.${name}.about`)}</span>
                </div>
              </label>
            ))}
          </fieldset>
          <details className={styles.more}>
            <summary>{t("train.more")}</summary>
            <div className={styles.fields}>
              <NumberField label={t("train.epochs")} value={epochs} onChange={setEpochs} min={1} max={1000} />
              <NumberField
                label={t("train.imageSize")}
                value={imageSize}
                onChange={setImageSize}
                min={32}
                max={1280}
                step={32}
              />
              <NumberField
                label={t("train.minutes")}
                value={minutes}
                onChange={setMinutes}
                min={0.1}
                max={10000}
                step="any"
              />
              <NumberField label={t("train.seed")} value={seed} onChange={setSeed} min={0} max={2147483647} />
            </div>
          </details>
          <Check
            label={t("train.deploy")}
            hint={t("train.deployHint")}
            checked={deploy}
            onChange={(event) => setDeploy(event.target.checked)}
          />
          <FormError error={retrain.error} />
          <Row end>
            <Button variant="ghost" onClick={onClose}>
              {t("common:action.cancel")}
            </Button>
            <Button type="submit" variant="primary" busy={retrain.isPending} reason={nothing}>
              {t("train.submit")}
            </Button>
          </Row>
        </Stack>
      </form>
    </Dialog>
  );
}

function numberOrNull(text: string): number | null {
  return text.trim() === "" ? null : Number(text);
}

interface NumberFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  min: number;
  max: number;
  step?: number | "any";
}

function NumberField({ label, value, onChange, min, max, step }: NumberFieldProps) {
  const { t } = useTranslation("models");
  return (
    <Field label={label}>
      {(field) => (
        <Input
          {...field}
          type="number"
          min={min}
          max={max}
          step={step}
          placeholder={t("train.byPreset")}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
