import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Dialog, EmptyState, FormError, Loaded, RadioCards, Row, Stack } from "@/components";
import type { Device, ModelVariant } from "@/lib/api";
import { formatAgo } from "@/lib/format";
import { randomUuid } from "@/lib/uuid";
import { useBenchmark, useDevices } from "../api";

interface BenchmarkDialogProps {
  variant: ModelVariant;
  name: string;
  onClose: () => void;
  onStarted: (runId: number) => void;
}

/** Measures a variant on one device, in turns with its parent, so that both see the same disturbances. */
export function BenchmarkDialog({ variant, name, onClose, onStarted }: BenchmarkDialogProps) {
  const { t } = useTranslation("models");
  const devices = useDevices();
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("benchmark.title", { name })}
      description={t("benchmark.about")}
    >
      <Loaded query={devices}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState title={t("benchmark.none")} reason={t("benchmark.noneReason")} />
          ) : (
            <Choice devices={list} variant={variant} onClose={onClose} onStarted={onStarted} />
          )
        }
      </Loaded>
    </Dialog>
  );
}

type ChoiceProps = Omit<BenchmarkDialogProps, "name"> & { devices: Device[] };

function Choice({ devices, variant, onClose, onStarted }: ChoiceProps) {
  const { t } = useTranslation("models");
  const [key] = useState(randomUuid);
  const first = devices.find(({ here, online }) => here && online) ?? devices.find(({ online }) => online);
  const [device, setDevice] = useState(String(first?.id ?? devices[0]?.id ?? ""));
  const start = useBenchmark(variant.id, key);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate({ device_id: Number(device) }, { onSuccess: (run) => onStarted(run.id) });
  };
  const about = ({ cpu, cores, gpu, online, last_seen }: Device) =>
    [
      cpu,
      cores ? t("benchmark.cores", { count: cores }) : "",
      gpu,
      online ? "" : t("benchmark.offline", { ago: formatAgo(last_seen) }),
    ]
      .filter(Boolean)
      .join(" · ");
  return (
    <form onSubmit={submit}>
      <Stack>
        <RadioCards
          legend={t("benchmark.device")}
          value={device}
          onChange={setDevice}
          cards={devices.map((one) => ({
            value: String(one.id),
            title: one.here ? `${one.name} · ${t("benchmark.here")}` : one.name,
            about: about(one),
          }))}
        />
        <FormError error={start.error} />
        <Row end>
          <Button variant="ghost" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" variant="primary" busy={start.isPending}>
            {t("benchmark.submit")}
          </Button>
        </Row>
      </Stack>
    </form>
  );
}
