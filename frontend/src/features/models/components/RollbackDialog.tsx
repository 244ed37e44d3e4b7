import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Dialog, Field, FormError, Input, Row, Stack } from "@/components";
import type { Deployment, Project } from "@/lib/api";
import { useRollback } from "../api";

interface RollbackDialogProps {
  project: Project;
  onClose: () => void;
  onDone: (deployment: Deployment) => void;
}

export function RollbackDialog({ project, onClose, onDone }: RollbackDialogProps) {
  const { t } = useTranslation("models");
  const rollback = useRollback(project.id);
  const [reason, setReason] = useState("");
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("rollback.title")}
      description={t("rollback.about", { name: project.deployment?.name ?? "" })}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rollback.mutate({ reason: reason.trim() }, { onSuccess: onDone });
        }}
      >
        <Stack>
          <Field label={t("deploy.reason")}>
            {(field) => (
              <Input
                {...field}
                maxLength={400}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
              />
            )}
          </Field>
          <FormError error={rollback.error} />
          <Row end>
            <Button variant="ghost" onClick={onClose}>
              {t("common:action.cancel")}
            </Button>
            <Button type="submit" variant="primary" busy={rollback.isPending}>
              {t("rollback.submit")}
            </Button>
          </Row>
        </Stack>
      </form>
    </Dialog>
  );
}
