import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Card, Field, FormError, Input, Progress, Row, Tabs } from "@/components";
import type { Project } from "@/lib/api";
import { formatBytes } from "@/lib/format";
import { keys } from "@/lib/queries";
import { useStartImport } from "../api";
import styles from "./Datasets.module.css";
import { DropZone } from "./DropZone";
import { ImportOptions, type Options } from "./ImportOptions";
import { ImportOutcome } from "./ImportOutcome";

/** Choose, check without writing anything (dry run), then import. */
export function ImportForm({ project }: { project: Project }) {
  const { t } = useTranslation("datasets");
  const client = useQueryClient();
  const start = useStartImport(project.id);
  const [from, setFrom] = useState<Source>({ kind: "file", file: null, path: "" });
  const [options, setOptions] = useState<Options>({
    format: "auto",
    labels: "truth",
    split: "keep",
    dataset: "",
    createClasses: project.classes.length === 0,
  });
  const [run, setRun] = useState<{ id: number; dryRun: boolean } | null>(null);
  const source = chosenSource(from);
  const missing = source ? null : t(from.kind === "file" ? "import.chooseFile" : "import.typePath");

  const send = (dryRun: boolean) => {
    if (!source) return;
    setRun(null);
    start.mutate(
      { ...options, dataset: options.dataset.trim(), source, dryRun },
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
          onSubmit={(event) => {
            event.preventDefault();
            send(true);
          }}
        >
          <SourceTabs from={from} onChange={(change) => setFrom({ ...from, ...change })} />
          <ImportOptions
            project={project}
            options={options}
            onChange={(change) => setOptions({ ...options, ...change })}
          />
          {start.sent ? <Upload sent={start.sent} onStop={start.stop} /> : null}
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

interface Source {
  kind: "file" | "path";
  file: File | null;
  path: string;
}

function chosenSource({ kind, file, path }: Source): { file: File } | { path: string } | null {
  if (kind === "file") return file ? { file } : null;
  return path.trim() ? { path: path.trim() } : null;
}

function SourceTabs({ from, onChange }: { from: Source; onChange: (change: Partial<Source>) => void }) {
  const { t } = useTranslation("datasets");
  const path = (
    <Field label={t("import.path")} hint={t("import.pathHint")}>
      {(field) => (
        <Input {...field} value={from.path} onChange={(event) => onChange({ path: event.target.value })} />
      )}
    </Field>
  );
  return (
    <Tabs
      label={t("import.source")}
      value={from.kind}
      onValueChange={(value) => onChange({ kind: value === "path" ? "path" : "file" })}
      tabs={[
        {
          value: "file",
          label: t("import.fromFile"),
          content: <DropZone file={from.file} onFile={(file) => onChange({ file })} />,
        },
        { value: "path", label: t("import.fromServer"), content: path },
      ]}
    />
  );
}

function Upload({ sent, onStop }: { sent: { done: number; total: number }; onStop: () => void }) {
  const { t } = useTranslation("datasets");
  return (
    <div>
      <Progress label={t("import.uploading")} done={sent.done} total={sent.total} compact />
      <Row>
        <span className="muted num">
          {t("import.sent", { done: formatBytes(sent.done), total: formatBytes(sent.total) })}
        </span>
        <Button size="s" variant="ghost" onClick={onStop}>
          {t("import.stop")}
        </Button>
      </Row>
    </div>
  );
}
