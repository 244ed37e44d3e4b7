import { ApiError } from "./errors";

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface RequestOptions {
  /** Sent as JSON, or as it is when it is a FormData. */
  body?: unknown;
  query?: Query;
  /** The revision that this write saw; sent as `If-Match`. */
  ifMatch?: number | string;
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** Lets the request outlive the page; bodies up to 60 kB. */
  keepalive?: boolean;
  /** Leaves the log-in dialog closed on 401, for the session's own requests. */
  quiet?: boolean;
}

type Listener = () => void;
const signedOutListeners = new Set<Listener>();

/** Calls `listener` each time the server says that the session is gone. Returns the unsubscriber. */
export function onSignedOut(listener: Listener): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

export function notifySignedOut(): void {
  for (const listener of signedOutListeners) listener();
}

/** Read at every request: Django rotates the token at log-in. */
export function csrfToken(): string {
  return /(?:^|;\s*)csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}

export function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

function requestInit(method: string, options: RequestOptions): RequestInit {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (options.ifMatch !== undefined) headers["If-Match"] = String(options.ifMatch);
  if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
  let body: BodyInit | undefined;
  if (options.body instanceof FormData) body = options.body;
  else if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(options.body);
  }
  return {
    method,
    headers,
    body,
    signal: options.signal,
    keepalive: options.keepalive,
    credentials: "same-origin",
  };
}

async function refusal(response: Response): Promise<ApiError> {
  const fallback = `HTTP ${response.status} ${response.statusText}`.trim();
  try {
    const data = (await response.json()) as {
      code?: string;
      message?: string;
      detail?: string;
      details?: unknown;
    };
    const details = data.details && typeof data.details === "object" ? data.details : {};
    return new ApiError(
      response.status,
      data.code ?? `http_${response.status}`,
      data.message ?? data.detail ?? fallback,
      details as Record<string, unknown>,
    );
  } catch {
    return new ApiError(response.status, `http_${response.status}`, fallback);
  }
}

/** Sends one request and returns the JSON of a 2xx answer; everything else is thrown as ApiError. */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(withQuery(path, options.query), requestInit(method, options));
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "offline", error instanceof Error ? error.message : String(error));
  }
  if (!response.ok) {
    const error = await refusal(response);
    if (error.signedOut && !options.quiet) notifySignedOut();
    throw error;
  }
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const api = {
  get: <T>(path: string, options?: RequestOptions) => request<T>("GET", path, options),
  post: <T>(path: string, body?: unknown, options?: RequestOptions) =>
    request<T>("POST", path, { ...options, body }),
  put: <T>(path: string, body?: unknown, options?: RequestOptions) =>
    request<T>("PUT", path, { ...options, body }),
  patch: <T>(path: string, body?: unknown, options?: RequestOptions) =>
    request<T>("PATCH", path, { ...options, body }),
  delete: <T>(path: string, body?: unknown, options?: RequestOptions) =>
    request<T>("DELETE", path, { ...options, body }),
};
