import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type ApiError, api, type Page, type Run, upload } from "@/lib/api";
import { keys } from "@/lib/queries";
import { randomUuid } from "@/lib/uuid";

export interface ImportOrder {
  /** A zip from this computer, or a folder of the server. */
  source: { file: File } | { path: string };
  format: string;
  labels: "truth" | "guesses" | "none";
  split: "keep" | "hash";
  dataset: string;
  /** Whether classes that the project does not have are made; without them their labels are refused. */
  createClasses: boolean;
  dryRun: boolean;
}

function importForm(order: ImportOrder): FormData {
  const form = new FormData();
  // Small fields first: the server can refuse them before it has read the whole file.
  form.set("format", order.format);
  form.set("labels", order.labels);
  form.set("split", order.split);
  form.set("create_classes", String(order.createClasses));
  form.set("dry_run", String(order.dryRun));
  if (order.dataset) form.set("dataset", order.dataset);
  if ("file" in order.source) form.set("file", order.source.file);
  else form.set("path", order.source.path);
  return form;
}

/** Starts an import, and tells which share of the upload was sent. */
export function useStartImport(projectId: number) {
  const [sent, setSent] = useState<{ done: number; total: number } | null>(null);
  const stopper = useRef<AbortController | null>(null);
  const start = useMutation<Run, ApiError, ImportOrder>({
    mutationFn: (order) => {
      stopper.current = new AbortController();
      return upload<Run>(`/api/projects/${projectId}/imports/`, importForm(order), {
        idempotencyKey: randomUuid(),
        signal: stopper.current.signal,
        onProgress: (done, total) => setSent({ done, total }),
      });
    },
    onSettled: () => setSent(null),
  });
  const uploading = sent !== null;

  useEffect(() => {
    if (!uploading) return;
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", hold);
    return () => window.removeEventListener("beforeunload", hold);
  }, [uploading]);

  return { ...start, sent, stop: () => stopper.current?.abort() };
}

export function useStartExport(projectId: number) {
  return useMutation<Run, ApiError, { format: string; version_id: number | null; images: boolean }>({
    mutationFn: (body) =>
      api.post<Run>(`/api/projects/${projectId}/exports/`, body, { idempotencyKey: randomUuid() }),
  });
}

export function useRunsOfKind(projectId: number, kind: Run["kind"]) {
  return useQuery<Run[], ApiError>({
    queryKey: keys.runs(projectId, { kind }),
    queryFn: async ({ signal }) =>
      (await api.get<Page<Run>>(`/api/projects/${projectId}/runs/`, { query: { kind }, signal })).results,
  });
}
