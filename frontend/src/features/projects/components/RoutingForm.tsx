import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge, Button, Card, Check, Field, FormError, Input, Row, Stack, toast } from "@/components";
import type { Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { useEditProject } from "../api";
import { Estimate } from "./Estimate";
import { FoundThresholds } from "./FoundThresholds";
import styles from "./Projects.module.css";

/** Shares are edited as per cent where people think in per cent, thresholds as scores 0..1. */
export function RoutingForm({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const { reason } = usePermissions(project);
  const edit = useEditProject(project);
  const [show, setShow] = useState(String(project.show_threshold));
  const [accept, setAccept] = useState(String(project.accept_threshold));
  const [spot, setSpot] = useState(String(percent(project.spot_check_rate)));
  const [unchecked, setUnchecked] = useState(project.submit_unchecked);
  // The accept threshold that the estimate gave; what a person typed over it is not calibrated any more.
  const [estimated, setEstimated] = useState<string | null>(null);
  const outside = (value: string, most: number) =>
    value.trim() !== "" && Number(value) >= 0 && Number(value) <= most ? null : t("routing.range", { most });
  const problems = {
    show: outside(show, 1),
    accept: outside(accept, 1) ?? (Number(show) > Number(accept) ? t("routing.crossed") : null),
    spot: outside(spot, 100),
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (Object.values(problems).some(Boolean)) return;
    edit.mutate(
      {
        show_threshold: Number(show),
        accept_threshold: Number(accept),
        ...(estimated === accept ? { thresholds_calibrated: true } : {}),
        spot_check_rate: Number(spot) / 100,
        submit_unchecked: unchecked,
      },
      { onSuccess: () => toast({ message: t("common:toast.saved"), tone: "good" }) },
    );
  };

  return (
    // Not the browser's own check: it knows steps of 0.01 only, and speaks its own language.
    <form className={styles.form} onSubmit={submit} noValidate>
      <Card
        title={t("routing.title")}
        about={t("routing.about")}
        actions={
          <Badge tone={project.thresholds_calibrated ? "good" : "warn"}>
            {t(project.thresholds_calibrated ? "routing.calibrated" : "routing.uncalibrated")}
          </Badge>
        }
      >
        <Stack>
          <div className={styles.half}>
            <NumberField
              label={t("routing.show")}
              hint={t("routing.showHint")}
              value={show}
              onChange={setShow}
              error={problems.show}
            />
            <NumberField
              label={t("routing.accept")}
              hint={t("routing.acceptHint")}
              value={accept}
              onChange={setAccept}
              error={problems.accept}
            />
          </div>
          <Estimate
            projectId={project.id}
            onUse={(value) => {
              setAccept(String(value));
              setEstimated(String(value));
            }}
          />
          <FoundThresholds project={project} />
        </Stack>
      </Card>
      <Card title={t("routing.check")}>
        <Stack gap="l">
          <div className={styles.half}>
            <NumberField
              percent
              label={t("routing.spot")}
              hint={t("routing.spotHint")}
              value={spot}
              onChange={setSpot}
              error={problems.spot}
            />
          </div>
          <Check
            label={t("routing.unchecked")}
            hint={t("routing.uncheckedHint")}
            checked={unchecked}
            onChange={(event) => setUnchecked(event.target.checked)}
          />
        </Stack>
      </Card>
      <FormError error={edit.error} />
      <Row>
        <Button type="submit" variant="primary" busy={edit.isPending} reason={reason("edit_project")}>
          {t("common:action.save")}
        </Button>
      </Row>
    </form>
  );
}

/** 0.07 × 100 is 7.000000000000001: rounded for the eye. */
function percent(share: number): number {
  return Math.round(share * 10_000) / 100;
}

interface NumberFieldProps {
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
  percent?: boolean;
  error?: string | null;
}

function NumberField({ label, hint, value, onChange, percent: isPercent, error }: NumberFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(field) => (
        <Input
          {...field}
          type="number"
          required
          min={0}
          max={isPercent ? 100 : 1}
          step={isPercent ? 1 : 0.01}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
