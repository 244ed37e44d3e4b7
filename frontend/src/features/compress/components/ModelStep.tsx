import { useTranslation } from "react-i18next";
import { Badge, Card, type Column, Field, Input, RadioCards, Select, Stack, Table } from "@/components";
import type { CompressOptions, JsonSchema } from "@/lib/api";
import { formatBytes, formatDuration, formatShare } from "@/lib/format";
import type { Draft } from "../draft";
import styles from "./Compress.module.css";
import { Notes } from "./Notes";
import { limitsOf } from "./schema";
import type { StepProps } from "./wizard";

/** 2: what is made smaller, and how it is trained first where it must be. */
export function ModelStep(props: StepProps) {
  const { t } = useTranslation("compress");
  const { options, draft, onChange, problems } = props;
  const existing = options.models.length > 0;
  return (
    <Card title={t("model.title")} about={t("model.about")}>
      <Stack gap="l">
        <RadioCards
          legend={t("model.source")}
          value={draft.source}
          onChange={(source) => onChange({ source })}
          cards={[
            {
              value: "existing",
              title: t("model.existing"),
              about: existing ? t("model.existingAbout") : t("model.noneYet"),
              disabled: !existing,
            },
            { value: "train", title: t("model.train"), about: t("model.trainAbout") },
          ]}
        />
        {draft.source === "existing" ? <Existing {...props} /> : <TrainFirst {...props} />}
        <Teacher {...props} />
        <Notes problems={problems} />
      </Stack>
    </Card>
  );
}

type ModelRow = CompressOptions["models"][number];

function Existing({ options, draft, onChange }: StepProps) {
  const { t } = useTranslation("compress");
  const columns: Column<ModelRow>[] = [
    {
      key: "name",
      header: t("model.column.name"),
      grow: true,
      cell: ({ id, name, number }) => (
        <label className={styles.pick}>
          <input
            type="radio"
            name="model"
            value={id}
            checked={draft.model === String(id)}
            onChange={() => onChange({ model: String(id) })}
          />
          <span>
            {name} <span className="muted num">v{number}</span>
          </span>
        </label>
      ),
    },
    { key: "arch", header: t("model.column.arch"), cell: ({ arch }) => arch },
    { key: "size", header: t("model.column.size"), numeric: true, cell: ({ bytes }) => formatBytes(bytes) },
    {
      key: "metric",
      header: t(`common:metric.${options.metric}`, { defaultValue: options.metric }),
      numeric: true,
      cell: ({ metric }) => formatShare(metric, 1),
    },
    {
      key: "weights",
      header: t("model.column.weights"),
      cell: ({ trainable }) =>
        trainable ? t("model.trainable") : <Badge tone="warn">{t("model.fileOnly")}</Badge>,
    },
  ];
  return (
    <Table caption={t("model.existing")} columns={columns} rows={options.models} rowKey={({ id }) => id} />
  );
}

/** What a training can be told; the limits are those of the trainer's schema, where it names them. */
const FIELDS: {
  name: "epochs" | "imageSize" | "trainMinutes" | "batch";
  option: string;
  schema: JsonSchema;
}[] = [
  { name: "epochs", option: "epochs", schema: { type: "integer", minimum: 1, maximum: 1000 } },
  {
    name: "imageSize",
    option: "image_size",
    schema: { type: "integer", minimum: 32, maximum: 1280, multipleOf: 32 },
  },
  { name: "trainMinutes", option: "minutes", schema: { type: "number", minimum: 0.1 } },
  { name: "batch", option: "batch", schema: { type: "integer", minimum: 1 } },
];

function archOf(options: CompressOptions, draft: Draft): string | undefined {
  const own = options.models.find(({ id }) => String(id) === draft.base);
  if (own) return own.arch;
  const base = options.base_models.find(({ slug, default: first }) =>
    draft.base ? slug === draft.base : first,
  );
  return base?.arch ?? base?.slug;
}

function TrainFirst({ options, draft, onChange }: StepProps) {
  const { t } = useTranslation("compress");
  const recipe = options.recipes.find(({ slug }) => slug === draft.recipe);
  const arch = archOf(options, draft);
  const trainer = options.trainers.find(({ archs }) => arch !== undefined && archs.includes(arch));
  const told: Record<string, unknown> = { ...recipe };
  return (
    <>
      <BaseField options={options} draft={draft} onChange={onChange} />
      <RadioCards
        legend={t("model.recipe")}
        value={draft.recipe}
        onChange={(slug) => onChange({ recipe: slug })}
        cards={options.recipes.map(({ slug, label, epochs, minutes }) => ({
          value: slug,
          title: t(`recipe.${slug}.title`, { defaultValue: label }),
          about: t(`recipe.${slug}.about`, { defaultValue: "" }) || undefined,
          note: [t("model.epochs", { count: epochs }), minutes ? formatDuration(minutes * 60) : ""]
            .filter(Boolean)
            .join(" · "),
        }))}
      />
      <details className={styles.more} open={FIELDS.some(({ name }) => draft[name] !== "") || undefined}>
        <summary>{t("model.more")}</summary>
        <div className={styles.fields}>
          {FIELDS.map(({ name, option, schema }) => (
            <Field key={name} label={t(`train.${name}`)}>
              {(field) => (
                <Input
                  {...field}
                  {...limitsOf(trainer?.schema.properties?.[option] ?? schema)}
                  type="number"
                  placeholder={told[option] ? String(told[option]) : t("model.byRecipe")}
                  value={draft[name]}
                  onChange={(event) => onChange({ [name]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </div>
      </details>
    </>
  );
}

function BaseField({ options, draft, onChange }: Pick<StepProps, "options" | "draft" | "onChange">) {
  const { t } = useTranslation("compress");
  const own = options.models.filter(({ trainable }) => trainable);
  return (
    <Field label={t("model.base")} hint={t("model.baseHint")}>
      {(field) => (
        <Select {...field} value={draft.base} onChange={(event) => onChange({ base: event.target.value })}>
          <option value="">{t("model.baseDefault")}</option>
          {own.length ? (
            <optgroup label={t("model.own")}>
              {own.map(({ id, name, number }) => (
                <option key={id} value={id}>
                  {name} v{number}
                </option>
              ))}
            </optgroup>
          ) : null}
          <optgroup label={t("model.fresh")}>
            {options.base_models.map(({ slug, label, licence, shipped }) => (
              <option key={slug} value={slug}>
                {label} · {licence}
                {shipped ? "" : ` · ${t("model.download")}`}
              </option>
            ))}
          </optgroup>
        </Select>
      )}
    </Field>
  );
}

function Teacher({ options, draft, onChange }: StepProps) {
  const { t } = useTranslation("compress");
  return (
    <Field label={t("model.teacher")} hint={t("model.teacherHint")}>
      {(field) => (
        <Select
          {...field}
          value={draft.teacher}
          onChange={(event) => onChange({ teacher: event.target.value })}
        >
          <option value="">{t("model.teacherDefault")}</option>
          {options.teachers.map(({ id, label, params }) => (
            <option key={id} value={id}>
              {label}
              {params ? ` · ${t("model.params", { n: (params / 1e6).toFixed(1) })}` : ""}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
