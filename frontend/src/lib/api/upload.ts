import { csrfToken, notifySignedOut } from "./client";
import { ApiError } from "./errors";

interface UploadOptions {
  onProgress?: (sent: number, total: number) => void;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** POSTs a form and tells how much of it was sent, which fetch cannot. */
export function upload<T>(path: string, form: FormData, options: UploadOptions = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    if (options.idempotencyKey) request.setRequestHeader("Idempotency-Key", options.idempotencyKey);
    request.upload.onprogress = (event) => options.onProgress?.(event.loaded, event.total);
    request.onerror = () => reject(new ApiError(0, "offline", "The upload was interrupted."));
    request.onabort = () => reject(new ApiError(0, "upload_stopped", "The upload was stopped."));
    request.onload = () => {
      try {
        resolve(answer<T>(request));
      } catch (error) {
        reject(error);
      }
    };
    options.signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

function answer<T>(request: XMLHttpRequest): T {
  let data: { code?: string; message?: string; details?: Record<string, unknown> } = {};
  try {
    data = JSON.parse(request.responseText);
  } catch {
    // A proxy's own page, such as 413 by nginx: the status has to say it all.
  }
  if (request.status >= 200 && request.status < 300) return data as T;
  const error = new ApiError(
    request.status,
    data.code ?? `http_${request.status}`,
    data.message ?? `HTTP ${request.status} ${request.statusText}`.trim(),
    data.details ?? {},
  );
  if (error.signedOut) notifySignedOut();
  throw error;
}
