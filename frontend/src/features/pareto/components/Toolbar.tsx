import { useTranslation } from "react-i18next";
import { Check, Field, Input, Select } from "@/components";
import type { ParetoData } from "@/lib/api";
import { AXES, AXIS_NAMES, type AxisName } from "../axes";
import type { View } from "../view";
import styles from "./Pareto.module.css";

interface ToolbarProps {
  data: ParetoData;
  view: View;
  change: (part: Partial<View>) => void;
}

/** What stands on the axes, on which device and evaluation set, within which budgets. */
export function Toolbar({ data, view, change }: ToolbarProps) {
  const { t } = useTranslation("pareto");
  return (
    <div className={styles.toolbar}>
      <AxisField side="x" data={data} view={view} change={change} />
      <AxisField side="y" data={data} view={view} change={change} />
      <Budget side="x" view={view} change={change} />
      <Budget side="y" view={view} change={change} />
      <Field label={t("device")}>
        {(field) => (
          <Select
            {...field}
            value={view.device || String(data.device_id ?? data.devices[0]?.id ?? "")}
            onChange={(event) => change({ device: event.target.value })}
          >
            {data.devices.length === 0 ? <option value="">{t("noDevice")}</option> : null}
            {data.devices.map(({ id, name, here }) => (
              <option key={id} value={id}>
                {name}
                {here ? ` · ${t("here")}` : ""}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t("version")}>
        {(field) => (
          <Select
            {...field}
            value={view.version || String(data.dataset_version_id ?? data.dataset_versions[0]?.id ?? "")}
            onChange={(event) => change({ version: event.target.value })}
          >
            {data.dataset_versions.length === 0 ? <option value="">{t("noVersion")}</option> : null}
            {data.dataset_versions.map(({ id, number }) => (
              <option key={id} value={id}>
                {t("versionOption", { number })}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </div>
  );
}

function AxisField({ side, data, view, change }: ToolbarProps & { side: "x" | "y" }) {
  const { t } = useTranslation("pareto");
  const log = side === "x" ? "logX" : "logY";
  const other = view[side === "x" ? "y" : "x"];
  return (
    <div className={styles.axisField}>
      <Field label={t(`side.${side}`)}>
        {(field) => (
          <Select
            {...field}
            value={view[side]}
            // A budget of the old axis means nothing on the new one.
            onChange={(event) =>
              change({ [side]: event.target.value as AxisName, budgets: { ...view.budgets, [side]: null } })
            }
          >
            {AXIS_NAMES.map((name) => (
              <option key={name} value={name} disabled={name === other}>
                {name === "metric"
                  ? t(`common:metric.${data.metric}`, { defaultValue: data.metric })
                  : t(`axis.${name}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Check
        label={t("log")}
        aria-label={t("logOf", { side: t(`side.${side}`) })}
        checked={view[log]}
        onChange={(event) => change({ [log]: event.target.checked })}
      />
    </div>
  );
}

function Budget({ side, view, change }: { side: "x" | "y"; view: View; change: ToolbarProps["change"] }) {
  const { t } = useTranslation("pareto");
  const axis = AXES[view[side]];
  const value = view.budgets[side];
  const sign = axis.better === "low" ? "≤" : "≥";
  return (
    <Field label={t("budgetOf", { axis: t(`axis.${axis.name}`) })} hint={`${sign} ${t(`unit.${axis.name}`)}`}>
      {(field) => (
        <Input
          {...field}
          type="number"
          min={0}
          step="any"
          placeholder={t("noBudget")}
          value={value === null ? "" : String(Number((value * axis.typed).toPrecision(4)))}
          onChange={(event) => {
            const typed = event.target.value === "" ? null : Number(event.target.value) / axis.typed;
            change({ budgets: { ...view.budgets, [side]: typed } });
          }}
        />
      )}
    </Field>
  );
}
