import i18next from "i18next";

/** A text of the grid, for code outside of React. */
export function say(key: string, values: Record<string, unknown> = {}): string {
  return i18next.t(`grid:note.${key}`, values);
}

/** Several of them in one line, each with its count; those that count nothing are left out. */
export function sayCounts(counts: Record<string, number>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([key, count]) => say(key, { count }))
    .join(" ");
}
