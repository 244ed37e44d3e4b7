import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Card, Field, FormError, Input, Loaded, Row, Select, Stack, toast } from "@/components";
import type { Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { type LocalSchedule, toLocal, toUtc, weekdays } from "../schedule";
import {
  TRIGGER_MODES,
  TRIGGER_SLUGS,
  type TriggerChange,
  type TriggerMode,
  type TriggerSlug,
  type Triggers,
  useEditTriggers,
  useTriggers,
} from "../triggers";
import styles from "./Retrain.module.css";

export function RetrainForm({ project }: { project: Project }) {
  const triggers = useTriggers(project.id);
  return (
    <Loaded query={triggers}>
      {(data) => <Form key={data.revision} project={project} triggers={data} />}
    </Loaded>
  );
}

/** The numbers as typed, in the unit that people think in. */
interface Typed {
  modes: Record<TriggerSlug, TriggerMode>;
  ratio: string;
  items: string;
  distance: string;
  schedule: LocalSchedule;
  days: string;
}

function typed({ triggers }: Triggers): Typed {
  const of = <Slug extends TriggerSlug>(slug: Slug) =>
    triggers.find((row) => row.slug === slug) as Extract<Triggers["triggers"][number], { slug: Slug }>;
  const schedule = toLocal(of("schedule").options);
  return {
    modes: Object.fromEntries(triggers.map(({ slug, mode }) => [slug, mode])) as Typed["modes"],
    // 0.07 × 100 is 7.000000000000001: rounded for the eye.
    ratio: String(Math.round(of("ratio").options.ratio * 10_000) / 100),
    items: String(of("reviewed").options.items),
    distance: String(of("drift").options.distance),
    schedule,
    days: String(schedule.days),
  };
}

function changes(form: Typed): TriggerChange[] {
  const options = {
    ratio: { ratio: Number(form.ratio) / 100 },
    reviewed: { items: Number(form.items) },
    drift: { distance: Number(form.distance) },
    schedule: toUtc({ ...form.schedule, days: Number(form.days) }),
  };
  return TRIGGER_SLUGS.map((slug) => ({ slug, mode: form.modes[slug], options: options[slug] }));
}

function Form({ project, triggers }: { project: Project; triggers: Triggers }) {
  const { t } = useTranslation("triggers");
  const { reason } = usePermissions(project);
  const edit = useEditTriggers(project, triggers.revision);
  const [form, setForm] = useState(() => typed(triggers));
  const set = (change: Partial<Typed>) => setForm({ ...form, ...change });
  const outside = (value: string, least: number, most: number, whole = false) =>
    value.trim() !== "" &&
    Number(value) >= least &&
    Number(value) <= most &&
    (!whole || Number.isInteger(Number(value)))
      ? null
      : t(whole ? "form.whole" : "form.range", { least, most });
  const problems = {
    ratio: outside(form.ratio, 0, 100),
    reviewed: outside(form.items, 1, 1_000_000, true),
    drift: outside(form.distance, 0.01, 1),
    schedule: form.schedule.every === "days" ? outside(form.days, 1, 365, true) : null,
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (Object.values(problems).some(Boolean)) return;
    edit.mutate(changes(form), {
      onSuccess: () => toast({ message: t("common:toast.saved"), tone: "good" }),
    });
  };
  const mode = (slug: TriggerSlug) => ({
    slug,
    mode: form.modes[slug],
    onMode: (chosen: TriggerMode) => set({ modes: { ...form.modes, [slug]: chosen } }),
  });
  const number = (
    slug: "ratio" | "reviewed" | "drift",
    name: "ratio" | "items" | "distance",
    step: number,
  ) => (
    <Field label={t(`form.${name}`)} error={problems[slug]}>
      {(field) => (
        <Input
          {...field}
          type="number"
          step={step}
          value={form[name]}
          onChange={(event) => set({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <form onSubmit={submit} noValidate style={{ maxWidth: 680 }}>
      <Stack>
        <Card title={t("form.title")} about={t("form.about", { needed: triggers.needed })}>
          <Stack>
            <Trigger {...mode("ratio")}>{number("ratio", "ratio", 1)}</Trigger>
            <Trigger {...mode("reviewed")}>{number("reviewed", "items", 10)}</Trigger>
            <Trigger {...mode("drift")}>{number("drift", "distance", 0.01)}</Trigger>
            <Trigger {...mode("schedule")}>
              <When form={form} set={set} error={problems.schedule} />
            </Trigger>
          </Stack>
        </Card>
        <FormError error={edit.error} />
        <Row>
          <Button type="submit" variant="primary" busy={edit.isPending} reason={reason("edit_project")}>
            {t("common:action.save")}
          </Button>
        </Row>
      </Stack>
    </form>
  );
}

interface TriggerProps {
  slug: TriggerSlug;
  mode: TriggerMode;
  onMode: (mode: TriggerMode) => void;
  children: React.ReactNode;
}

function Trigger({ slug, mode, onMode, children }: TriggerProps) {
  const { t } = useTranslation("triggers");
  return (
    <fieldset className={styles.fieldset}>
      <legend>{t(`name.${slug}`)}</legend>
      <p className={styles.about}>{t(`about.${slug}`)}</p>
      <Field label={t("form.mode")}>
        {(field) => (
          <Select {...field} value={mode} onChange={(event) => onMode(event.target.value as TriggerMode)}>
            {TRIGGER_MODES.map((one) => (
              <option key={one} value={one}>
                {t(`form.modes.${one}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {children}
    </fieldset>
  );
}

interface WhenProps {
  form: Typed;
  set: (change: Partial<Typed>) => void;
  error: string | null;
}

/** Every so many days or weekly, at a time of this browser's zone. */
function When({ form, set, error }: WhenProps) {
  const { t, i18n } = useTranslation("triggers");
  const { schedule } = form;
  const change = (part: Partial<LocalSchedule>) => set({ schedule: { ...schedule, ...part } });
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div className={styles.when}>
      <Field label={t("form.every")}>
        {(field) => (
          <Select
            {...field}
            value={schedule.every}
            onChange={(event) => change({ every: event.target.value as LocalSchedule["every"] })}
          >
            <option value="week">{t("form.weekly")}</option>
            <option value="days">{t("form.everyDays")}</option>
          </Select>
        )}
      </Field>
      {schedule.every === "week" ? (
        <Field label={t("form.weekday")}>
          {(field) => (
            <Select
              {...field}
              value={schedule.weekday}
              onChange={(event) => change({ weekday: Number(event.target.value) })}
            >
              {weekdays(i18n.language).map((name, day) => (
                <option key={name} value={day}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      ) : (
        <Field label={t("form.days")} error={error}>
          {(field) => (
            <Input
              {...field}
              type="number"
              value={form.days}
              onChange={(event) => set({ days: event.target.value })}
            />
          )}
        </Field>
      )}
      <Field label={t("form.time")} hint={t("form.zone", { zone })}>
        {(field) => (
          <Input
            {...field}
            type="time"
            required
            value={schedule.time}
            onChange={(event) => event.target.value && change({ time: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}
