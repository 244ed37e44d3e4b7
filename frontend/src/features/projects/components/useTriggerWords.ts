import { useTranslation } from "react-i18next";
import type { LabelClass } from "@/lib/api";
import { className, formatNumber, formatShare } from "@/lib/format";
import type { Outcome, TriggerRow } from "../triggers";

/** Says in words where a trigger stands and what came of it. */
export function useTriggerWords(classes: readonly LabelClass[]) {
  const { t, i18n } = useTranslation("triggers");
  const when = (iso: string) =>
    new Intl.DateTimeFormat(i18n.language, {
      weekday: "short",
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
      timeZoneName: "short",
    }).format(new Date(iso));

  const drift = (row: TriggerRow) => {
    const { p, n, class_id } = row.detail;
    const label = classes.find(({ id }) => id === class_id);
    const numbers = {
      value: formatNumber(row.value, 2),
      limit: formatNumber(row.limit, 2),
      p: p !== undefined && p < 0.001 ? `< ${formatNumber(0.001, 3)}` : `= ${formatNumber(p, 3)}`,
      n: formatNumber(n),
    };
    return label ? t("now.driftOf", { ...numbers, name: className(label) }) : t("now.drift", numbers);
  };

  /** Two lines: the value against its limit, and what is behind it. */
  const now = (row: TriggerRow): { main: string; note: string | null } => {
    const { detail } = row;
    if (detail.code) {
      const n = formatNumber(row.slug === "ratio" ? (detail.low ?? 0) + (detail.high ?? 0) : detail.n);
      return { main: t(`code.${detail.code}`, { n, need: formatNumber(detail.need) }), note: null };
    }
    if (row.slug === "ratio") {
      const note = t("now.counted", { low: formatNumber(detail.low), high: formatNumber(detail.high) });
      const limit = formatShare(row.limit);
      return row.value === null
        ? { main: note, note: null }
        : { main: t("now.share", { value: formatShare(row.value), limit }), note };
    }
    if (row.slug === "reviewed") {
      const numbers = { value: formatNumber(row.value), limit: formatNumber(row.limit) };
      return { main: t("now.reviewed", numbers), note: row.aside_at ? t("now.sinceAside") : null };
    }
    if (row.slug === "drift") {
      return {
        main: t("now.distance", { value: formatNumber(row.value, 2), limit: formatNumber(row.limit, 2) }),
        note: drift(row),
      };
    }
    return { main: detail.next_at ? t("now.next", { when: when(detail.next_at) }) : "", note: null };
  };

  const hindrance = (outcome: Outcome) =>
    t(`why.${outcome.why}`, {
      have: formatNumber(outcome.have),
      need: formatNumber(outcome.need),
      run: outcome.other_run_id,
    });

  const outcome = (one: Outcome): string => {
    switch (one.code) {
      case "started": {
        const state = one.run_state
          ? t(`common:run.state.${one.run_state}`, { defaultValue: one.run_state })
          : "";
        return one.by
          ? t("outcome.startedBy", { by: one.by, run: one.run_id, state })
          : t("outcome.started", { run: one.run_id, state });
      }
      case "put_aside":
        return t("outcome.put_aside", { by: one.by });
      case "waits":
      case "lapsed":
        return t(`outcome.${one.code}`, { why: hindrance(one) });
      default:
        return t(`outcome.${one.code}`);
    }
  };

  return { now, outcome };
}
