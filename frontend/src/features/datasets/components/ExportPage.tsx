import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  Button,
  Card,
  Check,
  DownloadButton,
  EmptyState,
  ErrorState,
  Field,
  FormError,
  Loaded,
  Page,
  RunBadge,
  RunProgress,
  Select,
  Stack,
} from "@/components";
import { ApiError, type Project } from "@/lib/api";
import { formatBytes } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { keys, useProject, useRun, useVersions } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { useStartExport } from "../api";
import { formatsFor } from "../formats";
import styles from "./Datasets.module.css";
import { RunList } from "./RunList";

export function ExportPage() {
  const project = useProject(useProjectId());
  return <Loaded query={project}>{(data) => <Export project={data} />}</Loaded>;
}

function Export({ project }: { project: Project }) {
  const { t } = useTranslation("datasets");
  const { reason } = usePermissions(project);
  const refused = reason("export");
  return (
    <Page title={t("export.title")} about={t("export.about")}>
      {refused ? (
        <EmptyState title={t("common:error.forbidden.title")} reason={refused} />
      ) : (
        <Stack gap="l">
          <ExportForm project={project} />
          <RunList project={project} kind="export_dataset" title={t("export.earlier")} />
        </Stack>
      )}
    </Page>
  );
}

function ExportForm({ project }: { project: Project }) {
  const { t } = useTranslation("datasets");
  const client = useQueryClient();
  const start = useStartExport(project.id);
  const versions = useVersions(project.id);
  const formats = formatsFor(project.task_type);
  const [format, setFormat] = useState(formats[0]?.slug ?? "");
  const [version, setVersion] = useState("");
  const [images, setImages] = useState(true);
  const [runId, setRunId] = useState<number | null>(null);
  const nothing = project.counts.total === 0 ? t("export.nothing") : null;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate(
      { format, version_id: version ? Number(version) : null, images },
      { onSuccess: (run) => setRunId(run.id) },
    );
  };

  const refresh = () =>
    void client.invalidateQueries({ queryKey: keys.runs(project.id, { kind: "export_dataset" }) });

  return (
    <>
      <Card>
        <form className={styles.form} onSubmit={submit}>
          <div className={styles.options}>
            <Field label={t("import.format")}>
              {(field) => (
                <Select {...field} value={format} onChange={(event) => setFormat(event.target.value)}>
                  {formats.map(({ slug, name }) => (
                    <option key={slug} value={slug}>
                      {name}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <Field label={t("export.what")} hint={t("export.whatHint")}>
              {(field) => (
                <Select {...field} value={version} onChange={(event) => setVersion(event.target.value)}>
                  <option value="">{t("export.now")}</option>
                  {(versions.data ?? []).map(({ id, number, note }) => (
                    <option key={id} value={id}>
                      {note ? `v${number} · ${note}` : `v${number}`}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          </div>
          <Check
            label={t("export.images")}
            hint={t("export.imagesHint")}
            checked={images}
            onChange={(event) => setImages(event.target.checked)}
          />
          <FormError error={start.error} />
          <div>
            <Button type="submit" variant="primary" busy={start.isPending} reason={nothing}>
              {t("export.start")}
            </Button>
          </div>
        </form>
      </Card>
      {runId === null ? null : <ExportOutcome key={runId} runId={runId} onFinished={refresh} />}
    </>
  );
}

function ExportOutcome({ runId, onFinished }: { runId: number; onFinished: () => void }) {
  const { t } = useTranslation("datasets");
  const story = useRun(runId);
  const state = story.data?.run.state;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is asked anew when the state changes, not when its parent renders
  useEffect(onFinished, [state]);
  return (
    <Loaded query={story}>
      {({ run }) => {
        const file = run.result?.file as { size_bytes?: number; name?: string } | undefined;
        return (
          <Card title={file?.name ?? t("outcome.export")} actions={<RunBadge run={run} />}>
            <RunProgress run={run} />
            {run.error ? <ErrorState error={new ApiError(422, run.error.code, run.error.message)} /> : null}
            {run.state === "succeeded" && file ? (
              <DownloadButton href={`/api/runs/${run.id}/download/`}>
                {t("common:action.download")} ({formatBytes(file.size_bytes)})
              </DownloadButton>
            ) : null}
          </Card>
        );
      }}
    </Loaded>
  );
}
