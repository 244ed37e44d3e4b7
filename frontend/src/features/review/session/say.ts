import i18next from "i18next";
import { keyStore } from "@/commands/keyStore";
import { keyTexts } from "@/commands/keyTexts";

/** A text of the review page, for code outside of React; another namespace is named before a colon. */
export function say(key: string, values: Record<string, unknown> = {}): string {
  const keys = keyTexts(keyStore.getState().preferences);
  return i18next.t(key.includes(":") ? key : `review:${key}`, { keys, ...values });
}
