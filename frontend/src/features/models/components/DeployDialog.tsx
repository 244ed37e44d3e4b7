import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Button, Dialog, Field, FormError, Row, Stack, TextArea, toast } from "@/components";
import type { ModelVariant, Project } from "@/lib/api";
import { useDeploy } from "../api";
import { Gate } from "./Gate";

/** The server asks for as much when the gate could not decide. */
const REASON_LENGTH = 10;

interface DeployDialogProps {
  project: Project;
  variant: ModelVariant;
  name: string;
  onClose: () => void;
}

export function DeployDialog({ project, variant, name, onClose }: DeployDialogProps) {
  const { t } = useTranslation("models");
  const navigate = useNavigate();
  const deploy = useDeploy(project.id);
  const [reason, setReason] = useState("");
  const asked = variant.gate?.verdict === "inconclusive" || deploy.error?.code === "gate_inconclusive";
  const short =
    asked && reason.trim().length < REASON_LENGTH ? t("deploy.reasonShort", { n: REASON_LENGTH }) : null;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (short) return;
    deploy.mutate(
      { variantId: variant.id, reason: reason.trim() },
      {
        onSuccess: (deployment) => {
          toast({ message: t("deploy.done", { name }), tone: "good" });
          onClose();
          if (deployment.predict_run_id)
            navigate(`/projects/${project.id}/runs/${deployment.predict_run_id}`);
        },
      },
    );
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("deploy.title", { name })}
      description={t("deploy.about")}
    >
      <form onSubmit={submit}>
        <Stack>
          {project.deployment ? (
            <p className="muted">{t("deploy.replaces", { name: project.deployment.name })}</p>
          ) : null}
          <Gate gate={variant.gate} />
          {asked ? (
            <Field label={t("deploy.reason")} hint={t("deploy.reasonHint")}>
              {(field) => (
                <TextArea
                  {...field}
                  required
                  maxLength={400}
                  value={reason}
                  onChange={(event) => setReason(event.target.value)}
                />
              )}
            </Field>
          ) : null}
          <FormError error={deploy.error} />
          <Row end>
            <Button variant="ghost" onClick={onClose}>
              {t("common:action.cancel")}
            </Button>
            <Button type="submit" variant="primary" busy={deploy.isPending} reason={short}>
              {t("deploy.submit")}
            </Button>
          </Row>
        </Stack>
      </form>
    </Dialog>
  );
}
