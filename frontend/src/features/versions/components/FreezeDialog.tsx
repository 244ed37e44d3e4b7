import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Check, Dialog, Field, FormError, Input, Row, Stack, toast } from "@/components";
import type { Project } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { useFreeze } from "../api";

export function FreezeDialog({ project, onClose }: { project: Project; onClose: () => void }) {
  const { t } = useTranslation("versions");
  const freeze = useFreeze(project.id);
  const [note, setNote] = useState("");
  const [auto, setAuto] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    freeze.mutate(
      { note: note.trim(), include_auto: auto },
      {
        onSuccess: (version) => {
          toast({ message: t("freeze.done", { number: version.number }), tone: "good" });
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("freeze.title")}
      description={t("freeze.about", { n: formatNumber(project.counts.reviewed) })}
    >
      <form onSubmit={submit}>
        <Stack>
          <Field label={t("freeze.note")} hint={t("freeze.noteHint")}>
            {(field) => (
              <Input
                {...field}
                maxLength={400}
                value={note}
                onChange={(event) => setNote(event.target.value)}
              />
            )}
          </Field>
          <Check
            label={t("freeze.auto", { n: formatNumber(project.counts.auto_accepted) })}
            hint={t("freeze.autoHint")}
            checked={auto}
            onChange={(event) => setAuto(event.target.checked)}
          />
          <FormError error={freeze.error} />
          <Row end>
            <Button variant="ghost" onClick={onClose}>
              {t("common:action.cancel")}
            </Button>
            <Button type="submit" variant="primary" busy={freeze.isPending}>
              {t("freeze.submit")}
            </Button>
          </Row>
        </Stack>
      </form>
    </Dialog>
  );
}
