import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Button, toast } from "@/components";
import type { ParetoData, Project } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { usePermissions } from "@/lib/permissions";
import { useMeasure } from "../api";
import type { Axis } from "../axes";
import type { View } from "../view";
import styles from "./Pareto.module.css";

/** Shown by name; more than these are only counted. */
const NAMED = 3;

interface MissingProps {
  project: Project;
  data: ParetoData;
  view: View;
  axes: Axis[];
}

/** Points without a value on an axis: said, and measured on demand, never drawn at zero. */
export function Missing({ project, data, view, axes }: MissingProps) {
  const { t } = useTranslation("pareto");
  const navigate = useNavigate();
  const { reason } = usePermissions(project);
  const measure = useMeasure(project.id);
  const device =
    data.devices.find(({ id }) => String(id) === (view.device || String(data.device_id))) ?? data.devices[0];
  const lacking = (axis: Axis) => data.points.filter((point) => axis.value(point) === null);
  const onDevice = axes.find(({ onDevice: measured }) => measured);
  const unmeasured = onDevice ? lacking(onDevice) : [];
  const unknown = axes.filter((axis) => axis !== onDevice).flatMap(lacking);
  const variants = unmeasured.flatMap(({ variant_id }) => (variant_id === null ? [] : [variant_id]));
  const names = (list: { label: string }[]) =>
    list
      .slice(0, NAMED)
      .map(({ label }) => label)
      .join(", ") + (list.length > NAMED ? " …" : "");
  const start = () =>
    measure.mutate(
      { variantIds: variants, deviceId: device?.id ?? null },
      {
        onSuccess: ([first]) => first && navigate(`/projects/${project.id}/runs/${first.id}`),
        onError: (error) => toast({ message: errorText(error), tone: "bad" }),
      },
    );
  return (
    <>
      {unmeasured.length ? (
        <div className={styles.missing}>
          <span>
            {t("unmeasured", {
              count: unmeasured.length,
              names: names(unmeasured),
              device: device?.name ?? t("here"),
            })}
          </span>
          {variants.length ? (
            <Button size="s" busy={measure.isPending} reason={reason("train")} onClick={start}>
              {t("measure")}
            </Button>
          ) : null}
        </div>
      ) : null}
      {unknown.length ? (
        <p className={styles.missing}>{t("unknown", { count: unknown.length, names: names(unknown) })}</p>
      ) : null}
    </>
  );
}
