import type { ScheduleOptions } from "./triggers";

/** A schedule as a person reads and sets it: in the zone of this browser. */
export interface LocalSchedule {
  every: "days" | "week";
  days: number;
  weekday: number;
  time: string;
}

const two = (value: number) => String(value).padStart(2, "0");
const mondayFirst = (day: number) => (day + 6) % 7;

/** The weekday and time of day here of one in UTC, by the offset that holds now. */
export function toLocal(options: ScheduleOptions, now = new Date()): LocalSchedule {
  const [hours = 0, minutes = 0] = options.at.split(":").map(Number);
  const date = new Date(now);
  date.setUTCHours(hours, minutes, 0, 0);
  if (options.weekday !== undefined)
    date.setUTCDate(date.getUTCDate() + options.weekday - mondayFirst(date.getUTCDay()));
  return {
    every: options.weekday === undefined ? "days" : "week",
    days: options.days ?? 7,
    weekday: options.weekday === undefined ? 0 : mondayFirst(date.getDay()),
    time: `${two(date.getHours())}:${two(date.getMinutes())}`,
  };
}

/** The other way round. */
export function toUtc(local: LocalSchedule, now = new Date()): ScheduleOptions {
  const [hours = 0, minutes = 0] = local.time.split(":").map(Number);
  const date = new Date(now);
  date.setHours(hours, minutes, 0, 0);
  if (local.every === "week") date.setDate(date.getDate() + local.weekday - mondayFirst(date.getDay()));
  const at = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return local.every === "week" ? { weekday: mondayFirst(date.getUTCDay()), at } : { days: local.days, at };
}

/** Monday to Sunday as the language writes them. */
export function weekdays(locale: string): string[] {
  const write = new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" });
  return Array.from({ length: 7 }, (_, day) => write.format(new Date(Date.UTC(2026, 10, 23 + day))));
}
