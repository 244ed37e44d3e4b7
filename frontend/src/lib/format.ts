import i18next from "i18next";

/** Numbers and times as the chosen language writes them. `null` becomes an en dash: nothing was measured. */
const NOTHING = "–";

function locale(): string {
  return i18next.language || "en";
}

export function formatNumber(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  return new Intl.NumberFormat(locale(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** A share 0..1 as a percentage. */
export function formatShare(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  return new Intl.NumberFormat(locale(), {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** A relative change as a percentage with its sign. */
export function formatChange(change: number): string {
  return new Intl.NumberFormat(locale(), {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: "exceptZero",
  }).format(change);
}

export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return NOTHING;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${formatNumber(value, unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

/** Seconds as the two largest parts: 3725 → 1 h 2 min. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NOTHING;
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor((whole % 3600) / 60), "minute"],
    [whole % 60, "second"],
  ];
  const shown = parts.filter(([amount]) => amount > 0).slice(0, 2);
  const write = ([amount, unit]: [number, string]) =>
    new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "short" }).format(amount);
  return (shown.length ? shown : [[0, "second"] as [number, string]]).map(write).join(" ");
}

/** Seconds with tenths, where those matter: 8.5 → 8.5 sec. */
export function formatSeconds(seconds: number): string {
  return new Intl.NumberFormat(locale(), {
    style: "unit",
    unit: "second",
    unitDisplay: "short",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(seconds);
}

export function formatTime(iso: string | null | undefined): string {
  if (!iso) return NOTHING;
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

export function formatClock(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: "medium", hourCycle: "h23" }).format(new Date(iso));
}

/** Days come as plain dates (2026-11-25) and stay the same day in every time zone. */
export function formatDay(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  return new Intl.DateTimeFormat(locale(), { month: "short", day: "numeric", timeZone: "UTC" }).format(date);
}

/** How long ago, in the largest fitting unit. */
export function formatAgo(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return NOTHING;
  const seconds = Math.round((new Date(iso).getTime() - now) / 1000);
  const write = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  const size = Math.abs(seconds);
  // Whole minutes are exact enough for people; "now" does not count up while it is read.
  if (size < 60) return write.format(0, "second");
  if (size < 3600) return write.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return write.format(Math.round(seconds / 3600), "hour");
  return write.format(Math.round(seconds / 86_400), "day");
}

/** A class by the name that the language asks for. */
export function className(label: { name: string; name_zh: string }): string {
  return locale().startsWith("zh") && label.name_zh ? label.name_zh : label.name;
}
