import i18next from "i18next";

/** Said better here than by whoever threw it: the browser's own words for no connection, and a lost race. */
const OURS = new Set(["offline", "stale_revision", "not_authenticated"]);

/**
 * What a person reads of an error. The server speaks English, and names things (files, classes, numbers);
 * so English shows its words, and other languages show the translation of its code where there is one.
 */
export function errorText(error: { code: string; message: string } | Error): string {
  const code = "code" in error ? error.code : "";
  const key = `common:error.code.${code}`;
  const known = code !== "" && i18next.exists(key);
  if (known && (OURS.has(code) || i18next.language !== "en")) return i18next.t(key);
  return error.message;
}

/** The reason of a refused line of an import, with the same rule. */
export function refusalText(refusal: { code: string; reason: string }): string {
  const key = `common:refusal.code.${refusal.code}`;
  return i18next.language !== "en" && i18next.exists(key) ? i18next.t(key) : refusal.reason;
}
