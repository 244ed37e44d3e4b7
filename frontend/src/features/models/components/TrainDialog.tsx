import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Check, Dialog, FormError, Row, Stack } from "@/components";
import type { ModelList, Project } from "@/lib/api";
import { randomUuid } from "@/lib/uuid";
import { type RetrainOrder, useRetrain } from "../api";
import styles from "./Models.module.css";
import { BaseField, MoreSettings, Presets, type TrainForm, VersionField } from "./TrainFields";

interface TrainDialogProps {
  project: Project;
  models: ModelList;
  /** Id of the version that is chosen at first, "" = freeze what is reviewed now. */
  version: string;
  onClose: () => void;
  onStarted: (runId: number) => void;
}

/** Train, evaluate, compress, measure, gate: one order, one run. */
export function TrainDialog({ project, models, version, onClose, onStarted }: TrainDialogProps) {
  const { t } = useTranslation("models");
  // One key for this dialog: a double click, or a second try after a lost answer, still makes one run.
  const [key] = useState(randomUuid);
  const retrain = useRetrain(project.id, key);
  const [form, setForm] = useState<TrainForm>({ ...EMPTY, version });
  const part = { form, onChange: (change: Partial<TrainForm>) => setForm({ ...form, ...change }) };
  const nothing = !form.version && project.counts.reviewed === 0 ? t("train.nothing") : null;

  return (
    <Dialog
      wide
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("train.title")}
      description={t("train.about")}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!nothing) retrain.mutate(orderOf(form), { onSuccess: (run) => onStarted(run.id) });
        }}
      >
        <Stack gap="l">
          <div className={styles.fields}>
            <BaseField {...part} models={models} />
            <VersionField {...part} project={project} />
          </div>
          <Presets {...part} />
          <MoreSettings {...part} />
          <Check
            label={t("train.deploy")}
            hint={t("train.deployHint")}
            checked={form.deploy}
            onChange={(event) => part.onChange({ deploy: event.target.checked })}
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

const EMPTY: TrainForm = {
  base: "",
  version: "",
  preset: "quick",
  epochs: "",
  imageSize: "",
  minutes: "",
  seed: "0",
  deploy: true,
};

function orderOf(form: TrainForm): RetrainOrder {
  const number = (text: string) => (text.trim() === "" ? null : Number(text));
  return {
    version_id: number(form.version),
    base: form.base || null,
    preset: form.preset,
    epochs: number(form.epochs),
    image_size: number(form.imageSize),
    minutes: number(form.minutes),
    seed: number(form.seed) ?? 0,
    deploy_if_passed: form.deploy,
  };
}
