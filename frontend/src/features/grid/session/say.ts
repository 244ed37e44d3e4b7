import i18next from "i18next";

/** A text of the grid, for code outside of React. */
export function say(key: string, values: Record<string, unknown> = {}): string {
  return i18next.t(`grid:note.${key}`, values);
}
