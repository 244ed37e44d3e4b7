import type { LabelClass } from "@/lib/api";
import { matchesInitials } from "@/lib/pinyin";

/** The name of a class in the reader's language, where the project has one. */
export function className(label: LabelClass, locale: string): string {
  return locale.startsWith("zh") && label.name_zh !== "" ? label.name_zh : label.name;
}

/** True when what was typed is found in either name; "tl" finds "traffic light" by its initials, "jtbz" "交通标志". */
export function matchesClass(label: LabelClass, typed: string): boolean {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return true;
  const name = label.name.toLowerCase();
  const initials = name
    .split(/[\s_-]+/)
    .map((word) => word.charAt(0))
    .join("");
  return (
    name.includes(wanted) ||
    label.name_zh.includes(wanted) ||
    initials.startsWith(wanted) ||
    matchesInitials(label.name_zh, wanted) ||
    matchesInitials(label.name, wanted)
  );
}
