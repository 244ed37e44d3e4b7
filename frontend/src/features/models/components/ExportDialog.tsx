import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Check, Dialog, FormError, Loaded, Row, Stack } from "@/components";
import type { ModelVariant } from "@/lib/api";
import { randomUuid } from "@/lib/uuid";
import { useExport, useTargets } from "../api";

interface ExportDialogProps {
  projectId: number;
  variant: ModelVariant;
  name: string;
  onClose: () => void;
  onStarted: (runId: number) => void;
}

/** Other forms of a variant, each compared with it on real items before it can be downloaded. */
export function ExportDialog({ projectId, variant, name, onClose, onStarted }: ExportDialogProps) {
  const { t } = useTranslation("models");
  const [key] = useState(randomUuid);
  const [chosen, setChosen] = useState<string[]>([]);
  const targets = useTargets(projectId);
  const start = useExport(variant.id, key);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (chosen.length) start.mutate({ targets: chosen }, { onSuccess: (run) => onStarted(run.id) });
  };
  const toggle = (slug: string, on: boolean) =>
    setChosen(on ? [...chosen, slug] : chosen.filter((one) => one !== slug));
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("export.title", { name })}
      description={t("export.about")}
    >
      <form onSubmit={submit}>
        <Stack>
          <Loaded query={targets}>
            {(list) => (
              <Stack gap="s">
                {list.length === 0 ? <p className="muted">{t("export.none")}</p> : null}
                {list.map(({ slug, label, missing }) => (
                  <Check
                    key={slug}
                    label={label}
                    hint={missing ?? undefined}
                    disabled={missing !== null}
                    checked={chosen.includes(slug)}
                    onChange={(event) => toggle(slug, event.target.checked)}
                  />
                ))}
              </Stack>
            )}
          </Loaded>
          <FormError error={start.error} />
          <Row end>
            <Button variant="ghost" onClick={onClose}>
              {t("common:action.cancel")}
            </Button>
            <Button
              type="submit"
              variant="primary"
              busy={start.isPending}
              reason={chosen.length ? null : t("export.choose")}
            >
              {t("export.submit")}
            </Button>
          </Row>
        </Stack>
      </form>
    </Dialog>
  );
}
