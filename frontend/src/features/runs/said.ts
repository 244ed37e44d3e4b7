import { useTranslation } from "react-i18next";
import type { Advice } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { useClassName } from "@/lib/useClassName";

/** An advice in words. The server says it in English with names and numbers; other languages translate its code. */
export function useAdviceText(projectId: number): (advice: Advice) => string {
  const { t, i18n } = useTranslation("runs");
  const say = useClassName(projectId);
  const word = (name: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((one) => say(String(one))).join(", ");
    if (typeof value === "number") return short(value);
    if (typeof value !== "string") return value;
    // Names of steps, splits and budgets are words of the language as well.
    if (name === "step") return t(`common:run.stepName.${value}`, { defaultValue: value });
    if (name === "split") return t(`split.${value}`, { defaultValue: value });
    if (name === "target") return t(`target.${value}`, { defaultValue: value });
    return name === "class" ? say(value) : value;
  };
  return ({ code, text, values = {} }) => {
    if (i18n.language === "en") return text;
    const named = Object.entries(values).map(([name, value]) => [name, word(name, value)]);
    return String(t(`advice.${code}`, { ...Object.fromEntries(named), defaultValue: text }));
  };
}

/** Numbers as people read them: 2.5 and not 2.500. */
function short(value: number): string {
  return Number.isInteger(value)
    ? String(value)
    : formatNumber(Number(value.toPrecision(3)), 3).replace(/\.?0+$/, "");
}

/** "prune + quantize int8", as the server names a result, in the words of the language. */
export function useResultName(): (name: string) => string {
  const { t, i18n } = useTranslation("runs");
  return (name) => {
    const [, made = "", precision = ""] = /^(.+) (\S+)$/.exec(name) ?? [];
    if (i18n.language === "en" || !made) return name;
    const steps = made
      .split(" + ")
      .map((step) =>
        step === "source" ? t("steps.source") : t(`common:run.stepName.${step}`, { defaultValue: step }),
      );
    return `${steps.join(" + ")} ${precision}`;
  };
}
