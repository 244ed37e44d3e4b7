import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Card, Check, Field, FormError, Input, Progress, Row, Select, Tabs } from "@/components";
import type { Project } from "@/lib/api";
import { formatBytes } from "@/lib/format";
import { keys } from "@/lib/queries";
import { type ImportOrder, useStartImport } from "../api";
import { formatsFor } from "../formats";
import styles from "./Datasets.module.css";
import { DropZone } from "./DropZone";
import { ImportOutcome } from "./ImportOutcome";

/** Choose, check without writing anything (dry run), then import. */
export function ImportForm({ project }: { project: Project }) {
  const { t } = useTranslation("datasets");
  const client = useQueryClient();
  const start = useStartImport(project.id);
  const [source, setSource] = useState<"file" | "path">("file");
  const [file, setFile] = useState<File | null>(null);
  const [path, setPath] = useState("");
  const [format, setFormat] = useState("auto");
  const [labels, setLabels] = useState<ImportOrder["labels"]>("truth");
  const [split, setSplit] = useState<ImportOrder["split"]>("keep");
  const [dataset, setDataset] = useState("");
  const [createClasses, setCreateClasses] = useState(project.classes.length === 0);
  const [run, setRun] = useState<{ id: number; dryRun: boolean } | null>(null);

  const chosen = source === "file" ? file !== null : path.trim() !== "";
  const missing = chosen ? null : t(source === "file" ? "import.chooseFile" : "import.typePath");
  const send = (dryRun: boolean) => {
    if (!chosen) return;
    const from = source === "file" && file ? { file } : { path: path.trim() };
    setRun(null);
    start.mutate(
      { source: from, format, labels, split, dataset: dataset.trim(), createClasses, dryRun },
      {
        onSuccess: (started) => {
          setRun({ id: started.id, dryRun });
          void client.invalidateQueries({ queryKey: keys.runs(project.id, { kind: "import_dataset" }) });
        },
      },
    );
  };

  return (
    <>
      <Card>
        <form
          className={styles.form}
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            send(true);
          }}
        >
          <Tabs
            label={t("import.source")}
            value={source}
            onValueChange={(value) => setSource(value === "path" ? "path" : "file")}
            tabs={[
              {
                value: "file",
                label: t("import.fromFile"),
                content: <DropZone file={file} onFile={setFile} />,
              },
              {
                value: "path",
                label: t("import.fromServer"),
                content: (
                  <Field label={t("import.path")} hint={t("import.pathHint")}>
                    {(field) => (
                      <Input {...field} value={path} onChange={(event) => setPath(event.target.value)} />
                    )}
                  </Field>
                ),
              },
            ]}
          />
          <div className={styles.options}>
            <Field label={t("import.format")}>
              {(field) => (
                <Select {...field} value={format} onChange={(event) => setFormat(event.target.value)}>
                  <option value="auto">{t("import.auto")}</option>
                  {formatsFor(project.task_type).map(({ slug, name }) => (
                    <option key={slug} value={slug}>
                      {name}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <Field label={t("import.labels")} hint={t(`import.labelsAbout.${labels}`)}>
              {(field) => (
                <Select
                  {...field}
                  value={labels}
                  onChange={(event) => setLabels(event.target.value as ImportOrder["labels"])}
                >
                  <option value="truth">{t("import.truth")}</option>
                  <option value="guesses">{t("import.guesses")}</option>
                  <option value="none">{t("import.none")}</option>
                </Select>
              )}
            </Field>
            <Field label={t("import.split")} hint={t(`import.splitAbout.${split}`)}>
              {(field) => (
                <Select
                  {...field}
                  value={split}
                  onChange={(event) => setSplit(event.target.value as ImportOrder["split"])}
                >
                  <option value="keep">{t("import.keep")}</option>
                  <option value="hash">{t("import.hash")}</option>
                </Select>
              )}
            </Field>
            <Field label={t("import.dataset")} hint={t("import.datasetHint")}>
              {(field) => (
                <Input
                  {...field}
                  maxLength={120}
                  value={dataset}
                  onChange={(event) => setDataset(event.target.value)}
                />
              )}
            </Field>
          </div>
          {labels === "none" ? null : (
            <Check
              label={t("import.createClasses")}
              hint={t("import.createClassesHint")}
              checked={createClasses}
              onChange={(event) => setCreateClasses(event.target.checked)}
            />
          )}
          {start.sent ? (
            <Progress label={t("import.uploading")} done={start.sent.done} total={start.sent.total} compact />
          ) : null}
          {start.sent ? (
            <p className="muted num">
              {t("import.sent", { done: formatBytes(start.sent.done), total: formatBytes(start.sent.total) })}
            </p>
          ) : null}
          <FormError error={start.error} />
          <Row>
            <Button type="submit" variant="primary" busy={start.isPending} reason={missing}>
              {t("import.check")}
            </Button>
            <Button reason={missing} disabled={start.isPending} onClick={() => send(false)}>
              {t("import.now")}
            </Button>
          </Row>
        </form>
      </Card>
      {run ? (
        <ImportOutcome
          key={run.id}
          runId={run.id}
          dryRun={run.dryRun}
          project={project}
          busy={start.isPending}
          onImport={() => send(false)}
        />
      ) : null}
    </>
  );
}
