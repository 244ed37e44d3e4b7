import { useTranslation } from "react-i18next";
import { Card, Check, Field, Input, Stack } from "@/components";
import { formatNumber } from "@/lib/format";
import styles from "./Compress.module.css";
import { Notes } from "./Notes";
import type { StepProps } from "./wizard";

const GATES = [
  { name: "gateDrop", label: "gate.drop", hint: "gate.dropHint", max: 100 },
  { name: "gateClassDrop", label: "gate.classDrop", hint: "gate.classDropHint", max: 100 },
  { name: "gateLatencyMs", label: "gate.latency", hint: "gate.latencyHint", max: undefined },
  { name: "gateSizeMb", label: "gate.size", hint: "gate.sizeHint", max: undefined },
] as const;

/** 4: on which pictures it is judged, what it must keep, and in which forms it is wanted. */
export function GatesStep(props: StepProps) {
  const { t } = useTranslation("compress");
  const { project, options, draft, onChange, problems } = props;
  const { counts, number } = options.dataset;
  const set = draft.version && number ? t("gate.ofVersion", { number }) : t("gate.ofNow");
  return (
    <Stack>
      <Card title={t("gate.title")} about={t("gate.about")}>
        <Stack gap="l">
          <p>
            {t("gate.set", { n: formatNumber(counts.test), set })}{" "}
            <span className="muted">
              {project.deployment ? t("gate.against", { name: project.deployment.name }) : t("gate.alone")}
            </span>
          </p>
          <div className={styles.fields}>
            {GATES.map(({ name, label, hint, max }) => (
              <Field key={name} label={t(label)} hint={t(hint)}>
                {(field) => (
                  <Input
                    {...field}
                    type="number"
                    min={0}
                    max={max}
                    step="any"
                    placeholder={t("plan.noLimit")}
                    value={draft[name]}
                    onChange={(event) => onChange({ [name]: event.target.value })}
                  />
                )}
              </Field>
            ))}
          </div>
          <Check
            label={t("gate.deploy")}
            hint={t("gate.deployHint")}
            checked={draft.deploy}
            onChange={(event) => onChange({ deploy: event.target.checked })}
          />
        </Stack>
      </Card>
      <Exports {...props} />
      <Notes problems={problems} />
    </Stack>
  );
}

function Exports({ options, draft, onChange }: StepProps) {
  const { t } = useTranslation("compress");
  const toggle = (slug: string, on: boolean) =>
    onChange({ targets: on ? [...draft.targets, slug] : draft.targets.filter((one) => one !== slug) });
  return (
    <Card title={t("exports.title")} about={t("exports.about")}>
      <div className={styles.targets}>
        {options.targets.map(({ slug, label, missing }) => (
          <Check
            key={slug}
            label={label}
            hint={missing ?? undefined}
            checked={draft.targets.includes(slug)}
            // What was chosen before it went missing can still be taken back.
            disabled={missing !== null && !draft.targets.includes(slug)}
            onChange={(event) => toggle(slug, event.target.checked)}
          />
        ))}
      </div>
    </Card>
  );
}
