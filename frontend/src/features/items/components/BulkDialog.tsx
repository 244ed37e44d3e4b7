import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Dialog, FormError } from "@/components";
import { formatNumber } from "@/lib/format";
import { type BulkAction, newKey, useBulk } from "../api";
import type { ItemFilter } from "../search";

interface BulkDialogProps {
  projectId: number;
  action: BulkAction;
  filter: ItemFilter;
  total: number;
  onClose: () => void;
  onStarted: (runId: number) => void;
}

/** Says what will happen to how many before anything does: there is no undo for thousands. */
export function BulkDialog({ projectId, action, filter, total, onClose, onStarted }: BulkDialogProps) {
  const { t } = useTranslation("items");
  const bulk = useBulk(projectId);
  const [key] = useState(newKey);
  const start = () =>
    bulk.mutate(
      { action, filter, key },
      {
        onSuccess: (run) => {
          onClose();
          onStarted(run.id);
        },
      },
    );
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t(`bulk.${action}`)}
      description={t(`bulk.${action}About`, { count: total, n: formatNumber(total) })}
      footer={
        <>
          <Button onClick={onClose}>{t("common:action.cancel")}</Button>
          <Button variant="primary" busy={bulk.isPending} onClick={start}>
            {t("bulk.start", { count: total, n: formatNumber(total) })}
          </Button>
        </>
      }
    >
      <FormError error={bulk.error} />
    </Dialog>
  );
}
