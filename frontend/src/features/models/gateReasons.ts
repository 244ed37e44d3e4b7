import { useTranslation } from "react-i18next";
import type { GateResult } from "@/lib/api";
import { formatChange, formatNumber, formatShare } from "@/lib/format";

interface GateRule {
  code: string;
  text: string;
  values?: Record<string, unknown>;
}

/** A gate of older models has reasons only. */
interface Ruled {
  rules?: GateRule[];
}

/** Values that are shares, or differences of shares. */
const SHARES = new Set(["allowed", "parent", "candidate"]);
/** The gate counts what is lost; people read changes. */
const DROPS = new Set(["drop", "low", "high"]);

function written(name: string, value: unknown, say: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => say(String(one))).join(", ");
  if (name === "class") return say(String(value));
  if (typeof value !== "number") return value;
  if (DROPS.has(name)) return formatChange(-value);
  if (SHARES.has(name)) return formatShare(value, 1);
  if (name === "size_bytes") return formatNumber(value / 1e6, 2);
  return formatNumber(value, Number.isInteger(value) ? 0 : 2);
}

function rulesOf(gate: GateResult): GateRule[] {
  const all = Object.values(gate.comparisons ?? {}).flatMap((one) => (one as Ruled).rules ?? []);
  const rules = all.length ? all : ((gate as Ruled).rules ?? []);
  return rules.filter(({ text }, index) => rules.findIndex((one) => one.text === text) === index);
}

/** Why the gate decided so. The server says it in English; other languages have a sentence for each of its rules. */
export function useGateReasons(say: (className: string) => string): (gate: GateResult) => string[] {
  const { t, i18n } = useTranslation("models");
  return (gate) => {
    const rules = rulesOf(gate);
    if (i18n.language === "en" || rules.length === 0) return gate.reasons;
    return rules.map(({ code, text, values = {} }) => {
      const named = Object.entries(values).map(([name, value]) => [name, written(name, value, say)]);
      return String(t(`rule.${code}`, { ...Object.fromEntries(named), defaultValue: text }));
    });
  };
}
