import i18next from "i18next";
import { afterEach, describe, expect, it } from "vitest";
import { changeLocale } from "@/i18n";
import {
  className,
  formatAgo,
  formatBytes,
  formatChange,
  formatDuration,
  formatNumber,
  formatShare,
} from "./format";

afterEach(() => changeLocale("en"));

describe("formatting", () => {
  it("writes a dash for what was not measured, not a zero", () => {
    expect([
      formatNumber(null),
      formatShare(undefined),
      formatBytes(null),
      formatDuration(Number.NaN),
    ]).toEqual(["–", "–", "–", "–"]);
  });

  it("writes sizes in decimal units", () => {
    expect([formatBytes(999), formatBytes(2_930_000), formatBytes(412_000_000)]).toEqual([
      "999 B",
      "2.9 MB",
      "412 MB",
    ]);
  });

  it("writes a duration by its two largest parts", () => {
    expect(formatDuration(3725)).toBe("1 hr 2 min");
    expect(formatDuration(59.6)).toBe("1 min");
    expect(formatDuration(0)).toBe("0 sec");
  });

  it("gives a change its sign", () => {
    expect([formatChange(0.129), formatChange(-0.004), formatChange(0)]).toEqual(["+12.9%", "-0.4%", "0.0%"]);
  });

  it("says now instead of counting seconds", () => {
    const now = Date.parse("2026-11-25T10:00:30Z");
    expect(formatAgo("2026-11-25T10:00:00Z", now)).toBe("now");
    expect(formatAgo("2026-11-25T08:00:00Z", now)).toBe("2 hours ago");
  });

  it("follows the chosen language, class names included", async () => {
    const label = { name: "car", name_zh: "汽车" };
    expect(className(label)).toBe("car");
    await changeLocale("zh-Hans");
    expect(i18next.language).toBe("zh-Hans");
    expect(formatAgo("2026-11-25T08:00:00Z", Date.parse("2026-11-25T10:00:00Z"))).toBe("2小时前");
    expect(className(label)).toBe("汽车");
    expect(className({ name: "car", name_zh: "" })).toBe("car");
  });
});
