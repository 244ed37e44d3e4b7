import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Button, Check, Dialog, Field, FormError, Row, Skeleton, Stack, TextArea, toast } from "@/components";
import type { ModelVariant, Project } from "@/lib/api";
import { useChecklist, useDeploy } from "../api";
import { PromotionChecklist } from "./PromotionChecklist";

/** The server asks for as much when the gate could not decide, or refused. */
const REASON_LENGTH = 10;

interface DeployDialogProps {
  project: Project;
  variant: ModelVariant;
  name: string;
  onClose: () => void;
}

/** What to look at before a variant is deployed; a gate that did not pass it asks for a typed reason. */
export function DeployDialog({ project, variant, name, onClose }: DeployDialogProps) {
  const { t } = useTranslation("models");
  const navigate = useNavigate();
  const deploy = useDeploy(project.id);
  const checklist = useChecklist(variant.id);
  const [reason, setReason] = useState("");
  const [seen, setSeen] = useState(false);
  const asks = askedOf(variant, checklist.data?.asks, deploy.error?.code);
  const samples = checklist.data?.samples ?? [];
  const least = checklist.data?.least_reason ?? REASON_LENGTH;
  const short = asks && reason.trim().length < least ? t("deploy.reasonShort", { n: least }) : null;
  const blocked = short ?? (samples.length > 0 && !seen ? t("deploy.lookFirst") : null);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (blocked) return;
    deploy.mutate(
      { variantId: variant.id, reason: reason.trim(), override: asks === "override" },
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
      wide
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("deploy.title", { name })}
      description={t("deploy.about")}
    >
      <form onSubmit={submit}>
        <Stack>
          {checklist.isPending ? (
            <Skeleton rows={3} />
          ) : (
            <PromotionChecklist project={project} variant={variant} checklist={checklist.data ?? null} />
          )}
          {samples.length ? (
            <Check
              label={t("deploy.seen")}
              checked={seen}
              onChange={(event) => setSeen(event.target.checked)}
            />
          ) : null}
          {asks ? (
            <Field label={t("deploy.reason")} hint={t(`deploy.asks.${asks}`)}>
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
            <Button
              type="submit"
              variant={asks === "override" ? "danger" : "primary"}
              busy={deploy.isPending}
              reason={blocked}
            >
              {t(asks === "override" ? "deploy.overrule" : "deploy.submit")}
            </Button>
          </Row>
        </Stack>
      </form>
    </Dialog>
  );
}

/** What the gate asks for: known from the variant, said again by the checklist, and by a refusal at the latest. */
function askedOf(variant: ModelVariant, told: "reason" | "override" | null | undefined, refused?: string) {
  if (refused === "gate_refused") return "override";
  if (refused === "gate_inconclusive") return "reason";
  if (told !== undefined) return told;
  const verdict = variant.gate?.verdict;
  return verdict === "refuse" ? "override" : verdict === "inconclusive" ? "reason" : null;
}
