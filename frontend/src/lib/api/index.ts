export type { Query, RequestOptions } from "./client";
export { api, csrfToken, onSignedOut, request, withQuery } from "./client";
export type * from "./compressTypes";
export { ApiError, asApiError } from "./errors";
export type * from "./similarTypes";
export type * from "./types";
export { upload } from "./upload";
export type * from "./why";
