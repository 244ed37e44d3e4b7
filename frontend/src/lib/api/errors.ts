/** What the API says when it refuses: `{code, message, details}`, with the HTTP status (0 = no answer at all). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(status: number, code: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.details = details;
  }

  /** No connection, or the server could not answer: worth another try later. */
  get transient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** The session is gone: log in again, then repeat. */
  get signedOut(): boolean {
    return this.status === 401 || this.code === "not_authenticated";
  }
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(0, "unexpected", message);
}
