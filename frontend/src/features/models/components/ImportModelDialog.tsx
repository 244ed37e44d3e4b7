import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Dialog, Field, FormError, Input, Row, Stack } from "@/components";
import { useImportModel } from "../api";

interface ImportModelDialogProps {
  projectId: number;
  onClose: () => void;
  onStarted: (runId: number) => void;
}

/** Any ONNX model that a manifest describes. Pickles (.pt, .pth) are never loaded. */
export function ImportModelDialog({ projectId, onClose, onStarted }: ImportModelDialogProps) {
  const { t } = useTranslation("models");
  const send = useImportModel(projectId);
  const [manifest, setManifest] = useState<File | null>(null);
  const [model, setModel] = useState<File | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (manifest && model) send.mutate({ manifest, model }, { onSuccess: (run) => onStarted(run.id) });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("import.title")}
      description={t("import.about")}
    >
      <form onSubmit={submit}>
        <Stack>
          <Field label={t("import.model")} hint={t("import.modelHint")}>
            {(field) => (
              <Input
                {...field}
                type="file"
                required
                accept=".onnx"
                onChange={(event) => setModel(event.target.files?.[0] ?? null)}
              />
            )}
          </Field>
          <Field label={t("import.manifest")} hint={t("import.manifestHint")}>
            {(field) => (
              <Input
                {...field}
                type="file"
                required
                accept=".json,application/json"
                onChange={(event) => setManifest(event.target.files?.[0] ?? null)}
              />
            )}
          </Field>
          <FormError error={send.error} />
          <Row end>
            <Button variant="ghost" onClick={onClose}>
              {t("common:action.cancel")}
            </Button>
            <Button type="submit" variant="primary" busy={send.isPending} disabled={!manifest || !model}>
              {t("import.submit")}
            </Button>
          </Row>
        </Stack>
      </form>
    </Dialog>
  );
}
