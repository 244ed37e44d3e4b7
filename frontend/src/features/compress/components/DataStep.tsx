import { useTranslation } from "react-i18next";
import { Card, type Column, Facts, Field, Select, Stack, Table } from "@/components";
import type { DatasetFacts } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { useVersions } from "@/lib/queries";
import { useClassName } from "@/lib/useClassName";
import { Notes } from "./Notes";
import type { StepProps } from "./wizard";

const SPLITS = ["train", "val", "test"] as const;
/** Under so many test pictures an interval is wider than any budget of two per cent. */
const FEW_TEST = 50;

/** 1: what is learned from, and whether it can be. */
export function DataStep({ project, options, draft, onChange, problems }: StepProps) {
  const { t } = useTranslation("compress");
  const say = useClassName(project.id);
  const versions = useVersions(project.id);
  const { dataset } = options;
  const sum = dataset.counts.train + dataset.counts.val + dataset.counts.test;
  return (
    <Card title={t("data.title")} about={t("data.about")}>
      <Stack gap="l">
        <Field label={t("data.version")} hint={t("data.versionHint")}>
          {(field) => (
            <Select
              {...field}
              value={draft.version}
              onChange={(event) => onChange({ version: event.target.value })}
            >
              <option value="">{t("data.freeze", { n: formatNumber(project.counts.reviewed) })}</option>
              {(versions.data ?? []).map(({ id, number, counts, note }) => (
                <option key={id} value={id}>
                  {t("data.versionOption", { number, n: formatNumber(counts.items) })}
                  {note ? ` · ${note}` : ""}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Facts
          facts={[
            ...SPLITS.map((split) => ({
              name: t(`split.${split}`),
              value: formatNumber(dataset.counts[split]),
            })),
            { name: t("data.since"), value: sinceText(dataset, t("data.neverTrained")) },
            {
              name: t("data.leakage"),
              value: dataset.leakage
                ? t("data.twins", { count: dataset.leakage.twins, n: formatNumber(dataset.leakage.twins) })
                : t("data.unchecked"),
            },
          ]}
        />
        {sum > 0 ? (
          <Table
            caption={t("data.perClass")}
            columns={columns(t, say)}
            rows={dataset.per_class}
            rowKey={({ name }) => name}
          />
        ) : null}
        <Notes problems={problems} warnings={warningsOf(dataset, t, say)} />
      </Stack>
    </Card>
  );
}

type Translate = ReturnType<typeof useTranslation<"compress">>["t"];
type Say = (className: string) => string;
type ClassRow = DatasetFacts["per_class"][number];

function sinceText({ since_last_train: since }: DatasetFacts, never: string): string {
  return since === null ? never : `+${formatNumber(since)}`;
}

function columns(t: Translate, say: Say): Column<ClassRow>[] {
  return [
    { key: "name", header: t("data.class"), grow: true, cell: ({ name }) => say(name) },
    ...SPLITS.map((split) => ({
      key: split,
      header: t(`split.${split}`),
      numeric: true,
      cell: (row: ClassRow) => formatNumber(row[split]),
    })),
  ];
}

/** What does not forbid the run, but will be asked about when its numbers disappoint. */
function warningsOf(dataset: DatasetFacts, t: Translate, say: Say): string[] {
  const { counts, per_class: rows, leakage } = dataset;
  if (counts.train + counts.val + counts.test === 0) return [];
  const absent = (split: "train" | "test") =>
    rows.filter((row) => row[split] === 0).map(({ name }) => say(name));
  const warnings: string[] = [];
  const [unlearned, untested] = [absent("train"), absent("test")];
  if (unlearned.length) warnings.push(t("data.warn.noTrain", { names: unlearned.join(", ") }));
  if (untested.length && counts.test > 0)
    warnings.push(t("data.warn.noTest", { names: untested.join(", ") }));
  if (counts.val === 0) warnings.push(t("data.warn.noVal"));
  if (counts.test < FEW_TEST)
    warnings.push(t("data.warn.fewTest", { n: formatNumber(counts.test), wanted: FEW_TEST }));
  if (leakage && leakage.twins > 0)
    warnings.push(t("data.warn.leakage", { count: leakage.twins, n: formatNumber(leakage.twins) }));
  return warnings;
}
