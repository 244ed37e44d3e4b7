import i18next from "i18next";

/** A text of the review page, for code outside of React; another namespace is named before a colon. */
export function say(key: string, values: Record<string, unknown> = {}): string {
  return i18next.t(key.includes(":") ? key : `review:${key}`, values);
}
